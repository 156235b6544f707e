"""What is noted about a fetch that is over, and when the next one is due. The caller commits."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.fetching import claims
from app.fetching.backoff import REFUSALS, after_failure
from app.fetching.claims import Claim
from app.fetching.intervals import intervals
from app.mail.outcomes import Outcome
from app.models import FetchState

# The stored password cannot be opened: a person has to type it again.
NOT_READABLE = "secret_unreadable"


def record_success(session: Session, claim: Claim, outcome: str = Outcome.OK, *, now: datetime) -> None:
    """Note a success; ``outcome``: what a folder lacks, of several. Whoever is late writes nothing."""
    wait = intervals(session, [claim.account_id]).get(claim.account_id)
    if wait is not None:
        claims.finish(session, claim, due_at=now + wait, **{**claims.succeeded(now), "outcome": outcome})


def record_stopped(session: Session, claim: Claim, *, again: bool, now: datetime) -> None:
    """Note that a fetch ended before its end; ``again``: only because others wait too, so it is due at once."""
    if again:
        claims.finish(session, claim, due_at=now, **claims.succeeded(now))
    else:
        claims.finish(session, claim, due_at=now)


def record_internal(session: Session, claim: Claim, *, now: datetime) -> None:
    """Note that something went wrong here, not there."""
    record_failure(session, claim, Outcome.INTERNAL, None, now=now, chance=1)


def record_failure(
    session: Session, claim: Claim, outcome: str, text: str | None, *, now: datetime, chance: float
) -> None:
    """Note a failure, and when the next try is due, or that a person has to act first."""
    state = session.scalar(
        select(FetchState)
        .where(FetchState.account_id == claim.account_id, FetchState.epoch == claim.epoch)
        .execution_options(populate_existing=True)
    )
    if state is None:
        return
    # What fails in between says nothing about the password.
    failures, refusals = state.failures + 1, state.refusals + (outcome in REFUSALS)
    said = {"outcome": outcome, "server_text": text, "failures": failures, "refusals": refusals}
    if outcome not in list(Outcome):
        claims.finish(session, claim, due_at=now, **_held(now), **said)
        return
    if outcome == Outcome.FOLDER_MISSING:
        # The login worked, and the other folders were read.
        wait = intervals(session, [claim.account_id])[claim.account_id]
        claims.finish(session, claim, due_at=now + wait, **{**said, "refusals": 0})
        return
    following = after_failure(Outcome(outcome), failures, refusals, chance)
    held = _held(now) if following.held else {"held_at": None}
    claims.finish(session, claim, due_at=now + following.wait, **held, **said)


def _held(now: datetime) -> dict[str, Any]:
    # Each hold is an episode of its own: only a person ends one, and nobody has heard of this one yet.
    return {"held_at": now, "told_at": None}

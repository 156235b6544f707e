"""Accounts that wait for a person: fetching has stopped and nothing is tried, until somebody mends or proves them.

An episode begins when an account is held and ends when somebody acts. Whoever is responsible is told once about each:
the row says so, and is written in the transaction that also queues the message about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from app.fetching.backoff import REFUSALS
from app.fetching.claims import somebody_has_acted
from app.fetching.identity import ANOTHER_MAILBOX
from app.mail.outcomes import Outcome
from app.models import Account, FetchState

# Waiting for another password.
PASSWORD_REFUSED = frozenset({*REFUSALS, Outcome.APP_PASSWORD_REQUIRED})
_WAITS = (Account.active, FetchState.held_at.is_not(None), ~somebody_has_acted())
# Built once: every page asks it.
_WAITING = (
    select(Account.id, Account.name, FetchState.outcome)
    .join(FetchState, FetchState.account_id == Account.id)
    .where(*_WAITS)
    .order_by(Account.name, Account.id)
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An account that waits; ``for_password``: for another password, else for what its page about fetching says."""

    account_id: int
    name: str
    for_password: bool


@dataclass(frozen=True, slots=True)
class Episode:
    """One time that an account waits, and what its server said before."""

    account_id: int
    held_at: datetime
    outcome: str
    server_text: str | None

    @property
    def for_password(self) -> bool:
        """Whether the account waits for another password."""
        return self.outcome in PASSWORD_REFUSED


def list_waiting(session: Session) -> list[Waiting]:
    """Return the accounts that wait for a person, by name."""
    return [Waiting(number, name, outcome in PASSWORD_REFUSED) for number, name, outcome in session.execute(_WAITING)]


def list_untold(session: Session) -> Sequence[Episode]:
    """Return the episodes of which nobody has been told, the oldest first.

    Who has just changed the server of an account is asked about its mailbox there and then.
    """
    columns = (FetchState.account_id, FetchState.held_at, FetchState.outcome, FetchState.server_text)
    question = select(*columns).join(Account, Account.id == FetchState.account_id)
    untold = (FetchState.told_at.is_(None), FetchState.outcome != ANOTHER_MAILBOX)
    found = session.execute(question.where(*_WAITS, *untold).order_by(FetchState.held_at))
    return [Episode(number, held_at, outcome, text) for number, held_at, outcome, text in found if held_at and outcome]


def take(session: Session, episode: Episode, *, now: datetime) -> bool:
    """Note that somebody is told about ``episode``, in this transaction; False if that was done, or it is over."""
    mine = (FetchState.account_id == episode.account_id, FetchState.held_at == episode.held_at)
    told = update(FetchState).where(*mine, FetchState.told_at.is_(None)).values(told_at=now)
    result = session.execute(told.execution_options(synchronize_session=False))
    return cast(CursorResult[Any], result).rowcount == 1

"""Writes: having a domain looked up, and keeping what was found for as long as it is believed."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.autodiscovery.consent import UNVOUCHED
from app.autodiscovery.findings import Findings
from app.autodiscovery.lookups.queries import find_lookup, is_good, is_under_way
from app.autodiscovery.lookups.stored import to_json
from app.autodiscovery.ranking import winner
from app.mail.settings import Side
from app.models import Lookup

# What a provider says seldom changes, and who has just set something up looks again within the day.
FOUND_LIFE = timedelta(hours=24)
# A better source may have been in trouble, and whoever has lied to our name server must not be believed for a day.
UNVOUCHED_LIFE = timedelta(hours=1)
# Nobody knew anything of any side, or of one of them nobody did and somebody was silent: that may change at any moment.
NOTHING_LIFE = timedelta(minutes=10)
# Nothing is known, and somebody was silent.
FAILED_LIFE = timedelta(minutes=1)
ROW_LIFE = timedelta(days=7)


def ask(session: Session, domain: str, *, now: datetime) -> int | None:
    """Have ``domain`` looked up; return the id of the lookup to enqueue, None if there is one already, or no need."""
    lookup = find_lookup(session, domain)
    if lookup is None:
        return _insert(session, domain, now)
    if is_good(lookup, now=now) or is_under_way(lookup, now=now):
        return None
    # Of two that ask at the same time one has it enqueued.
    anew = {"asked_at": now, "begun_at": None, "findings": None, "good_until": None}
    return lookup.id if _advance(session, lookup, Lookup.asked_at == lookup.asked_at, anew) else None


def begin(session: Session, lookup_id: int, *, now: datetime) -> str | None:
    """Return the domain to look up; None if that is done already, or nobody waits any more."""
    lookup = session.get(Lookup, lookup_id)
    if lookup is None or not is_under_way(lookup, now=now):
        return None
    begun = _advance(session, lookup, Lookup.begun_at.is_(None), {"begun_at": now})
    return lookup.domain if begun else None


def record(session: Session, domain: str, findings: Findings, *, now: datetime) -> None:
    """Keep what was found of ``domain``, if it still is of interest.

    By the domain: the lookup may have been forgotten meanwhile, and another one begun.
    """
    lookup = find_lookup(session, domain)
    if lookup is not None:
        lookup.findings, lookup.good_until = to_json(findings), now + _life(findings)


def give_up(session: Session, domain: str, *, now: datetime) -> None:
    """Say that nothing was found, without having looked: there is nobody to do it."""
    record(session, domain, Findings(complete=False), now=now)


def forget_expired(session: Session, *, now: datetime) -> None:
    """Delete what nobody has asked about for a week."""
    session.execute(delete(Lookup).where(Lookup.asked_at < now - ROW_LIFE))


def _life(findings: Findings) -> timedelta:
    best = [offer for side in Side if (offer := winner(findings.offers, side)) is not None]
    if not best:
        return NOTHING_LIFE if findings.complete else FAILED_LIFE
    if len(best) < len(Side) and not findings.complete:
        return NOTHING_LIFE
    return UNVOUCHED_LIFE if any(offer.source in UNVOUCHED for offer in best) else FOUND_LIFE


def _insert(session: Session, domain: str, now: datetime) -> int | None:
    lookup = Lookup(domain=domain, asked_at=now)
    try:
        with session.begin_nested():
            session.add(lookup)
            session.flush()
    except IntegrityError:
        return None  # somebody was faster
    return lookup.id


def _advance(session: Session, lookup: Lookup, still: Any, values: dict[str, Any]) -> bool:
    statement = update(Lookup).where(Lookup.id == lookup.id, still).values(**values)
    moved = cast(CursorResult[Any], session.execute(statement)).rowcount == 1
    session.expire(lookup)
    return moved

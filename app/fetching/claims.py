"""Who fetches an account: by compare-and-set, since any number of processes on any number of hosts reach for it.

A claim is a number, the epoch. Whoever stores something checks it in the same transaction, so that a worker which its
lease has left behind writes nothing any more.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select, and_, case, func, literal, or_, select, tuple_, update
from sqlalchemy.orm import Session

from app.fetching.intervals import MOST_MINUTES, intervals
from app.mail.outcomes import Outcome
from app.models import Account, FetchState, Folder
from app.models.inserting import insert_if_absent
from app.models.turns import take_turn

# How long an account stays in the hand of a process that has died. The living ones extend it all the time.
LEASE = timedelta(seconds=60)
# Nobody gives a longer lease or puts a fetch off for longer: what lies further ahead was written by a clock that was
# wrong. Clocks of several hosts differ a little.
_LONGEST_LEASE = timedelta(minutes=15)
_LONGEST_WAIT = timedelta(minutes=MOST_MINUTES + 60)
INBOX = "INBOX"
_NOTHING_YET = {"stored": 0, "passed_over": 0, "expected": 0}


class Superseded(Exception):
    """Somebody else has taken the account in hand, or it is gone."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An account in one's hand."""

    account_id: int
    epoch: int


def somebody_has_acted() -> ColumnElement[bool]:
    """Return whether a person has acted since fetching has failed."""
    wrong_since = func.coalesce(FetchState.held_at, case((FetchState.failures > 0, FetchState.tried_at)))
    return acted_since(wrong_since, FetchState.incoming_version)


def acted_since(wrong_since: Any, incoming_version: Any) -> ColumnElement[bool]:
    """Return whether a person has changed how the account reaches its mail, or proven it since something was wrong.

    ``incoming_version`` is the account's when it was. Another name or colour is no reason to log in where passwords
    were refused: servers lock accounts.
    """
    # Never NULL, whose opposite would be NULL as well.
    known = (wrong_since.is_not(None), Account.tested_at.is_not(None), Account.imap_outcome.is_not(None))
    proven = and_(*known, Account.imap_outcome == Outcome.OK, Account.tested_at > wrong_since)
    return or_(incoming_version != Account.incoming_version, proven)


def ensure(session: Session, *, now: datetime) -> int:
    """Begin to keep book about active accounts that are new: due at once, with their inbox chosen."""
    missing = select(Account.id).where(Account.active, Account.id.not_in(select(FetchState.account_id)))
    # One that is being deleted is waited for, and is not there then.
    new = session.scalars(missing.order_by(Account.id).with_for_update(read=True, key_share=True)).all()
    for account_id in new:
        begin(session, account_id, now=now)
    return len(new)


def begin(session: Session, account_id: int, *, now: datetime) -> None:
    """Begin to keep book about one account, active or not, unless that was done before."""
    counts = {"epoch": 0, "incoming_version": 0, "failures": 0, "refusals": 0, **_NOTHING_YET}
    options = {"mark_seen": False, "listed_senders_only": False, "wanted": False}
    begun = insert_if_absent(session, FetchState).values(account_id=account_id, due_at=now, **counts, **options)
    session.execute(begun)
    inbox = {"account_id": account_id, "name": INBOX, "title": INBOX, "chosen": True}
    unread = {"listed": True, "cursor": 0, "resyncing": False}
    session.execute(insert_if_absent(session, Folder).values(**inbox, **unread))


def claim_due(
    session: Session, *, now: datetime, most: int, lease: timedelta = LEASE, rare: bool = True
) -> list[Claim]:
    """Take accounts that are due in hand, the longest due first.

    An account that was changed in how it reaches its mail since its last claim, or has passed a test since it failed,
    is due whatever has held it up: a person has acted. That, and what was put off by a clock that was wrong, is found
    by a look at all accounts (``rare``); the others stand in an index.
    """
    # Asked first, so that a look at nothing writes nothing.
    found = list(session.scalars(due(now, most)))
    if rare and len(found) < most:
        acted = or_(somebody_has_acted(), and_(FetchState.due_at > now + _LONGEST_WAIT, FetchState.held_at.is_(None)))
        more = session.scalars(_first(now, acted, most - len(found)))
        found += [account_id for account_id in more if account_id not in found]
    return _take(session, found, now, lease) if found else []


def due(now: datetime, most: int) -> Select[int]:
    """Return the question for accounts that are due."""
    return _first(now, and_(FetchState.due_at <= now, FetchState.held_at.is_(None)), most)


def claim(session: Session, account_id: int, *, now: datetime, lease: timedelta = LEASE) -> Claim | None:
    """Take one account in hand whether it is due or not; None while somebody else has it.

    That allows one try. Earlier refusals of its password still count, since its server counts them too.
    """
    if session.get(FetchState, account_id) is None:
        begin(session, account_id, now=now)
    return next(iter(_take(session, [account_id], now, lease)), None)


def extend(session: Session, claims: Collection[Claim], *, now: datetime, lease: timedelta = LEASE) -> None:
    """Keep accounts in hand for longer."""
    for each in sorted(claims, key=lambda claim: claim.account_id):
        session.execute(_mine(each).values(lease_until=now + lease).execution_options(synchronize_session=False))


def hold_on(session: Session, claim: Claim, *, now: datetime, lease: timedelta = LEASE) -> None:
    """Make sure, until the end of the transaction, that the account is still in this hand. Raises Superseded."""
    statement = _mine(claim).where(FetchState.lease_until.is_not(None)).values(lease_until=_later(now + lease))
    if not _written(session, statement):
        raise Superseded


def count(session: Session, claim: Claim, *, stored: int = 0, passed_over: int = 0, expected: int = 0) -> None:
    """Add to what is told of the run while it is under way, and afterwards.

    ``expected`` is less than nothing where messages that were expected have turned out to be known.
    """
    more = {"stored": stored, "passed_over": passed_over, "expected": expected}
    values = {name: getattr(FetchState, name) + number for name, number in more.items() if number}
    if values:
        session.execute(_mine(claim).values(values).execution_options(synchronize_session=False))


def finish(session: Session, claim: Claim, *, due_at: datetime, **values: Any) -> bool:
    """Let go of the account and note what came of it; False if it is in another hand."""
    return _written(session, _mine(claim).values(lease_until=None, due_at=_unless_wanted(due_at), **values))


def put_back(session: Session, claims: Sequence[Claim], *, due_at: datetime) -> None:
    """Let go of accounts with which nothing was done, so that others may take them."""
    take_turn(session, [each.account_id for each in claims])
    for each in claims:
        finish(session, each, due_at=due_at)


def finish_unchanged(session: Session, claims: Sequence[Claim], *, now: datetime) -> None:
    """Let go of accounts of which there is nothing new, all at once."""
    take_turn(session, [each.account_id for each in claims])
    waits = intervals(session, [each.account_id for each in claims])
    for wait in set(waits.values()):
        alike = [(each.account_id, each.epoch) for each in claims if waits.get(each.account_id) == wait]
        mine = tuple_(FetchState.account_id, FetchState.epoch).in_(alike)
        values = {"lease_until": None, "due_at": _unless_wanted(now + wait), **succeeded(now)}
        done = update(FetchState).where(mine).values(values)
        session.execute(done.execution_options(synchronize_session=False))


def succeeded(now: datetime) -> dict[str, Any]:
    """Return what is noted about a success."""
    nothing = {"server_text": None, "held_at": None, "told_at": None}
    return {"succeeded_at": now, "outcome": "ok", "failures": 0, "refusals": 0, **nothing}


def is_wanted(session: Session, claim: Claim) -> bool:
    """Return whether the account is still active, not paused, and in this hand."""
    question = (
        select(literal(1))
        .select_from(FetchState)
        .join(Account, Account.id == FetchState.account_id)
        .where(
            FetchState.account_id == claim.account_id,
            FetchState.epoch == claim.epoch,
            FetchState.paused_at.is_(None),
            Account.active,
        )
    )
    return session.scalar(question) is not None


def _first(now: datetime, such: ColumnElement[bool], most: int) -> Select[int]:
    return (
        select(FetchState.account_id)
        .join(Account, Account.id == FetchState.account_id)
        .where(Account.active, FetchState.paused_at.is_(None), _free(now), such)
        .order_by(FetchState.due_at)
        .limit(most)
        .with_for_update(skip_locked=True, of=FetchState)
    )


def _take(session: Session, account_ids: Sequence[int], now: datetime, lease: timedelta) -> list[Claim]:
    version = select(Account.incoming_version).where(Account.id == FetchState.account_id).scalar_subquery()
    acted = select(Account.id).where(Account.id == FetchState.account_id, somebody_has_acted()).exists()
    taken = (
        update(FetchState)
        .where(FetchState.account_id.in_(account_ids), _free(now))
        .values(
            epoch=FetchState.epoch + 1,
            lease_until=now + lease,
            tried_at=now,
            held_at=None,
            wanted=False,
            **_NOTHING_YET,
            # What went wrong before somebody acted says nothing any more.
            refusals=case((acted, 0), else_=FetchState.refusals),
            failures=case((acted, 0), else_=FetchState.failures),
            outcome=case((acted, None), else_=FetchState.outcome),
            # Another server, or another password, may lead to other folders.
            folders_listed_at=case((FetchState.incoming_version == version, FetchState.folders_listed_at), else_=None),
            incoming_version=version,
        )
        .returning(FetchState.account_id, FetchState.epoch)
        .execution_options(synchronize_session=False)
    )
    found = dict(session.execute(taken).all())
    return [Claim(account_id, found[account_id]) for account_id in account_ids if account_id in found]


def _free(now: datetime) -> ColumnElement[bool]:
    lease = FetchState.lease_until
    return or_(lease.is_(None), lease < now, lease > now + _LONGEST_LEASE)


def _mine(claim: Claim) -> Any:
    return update(FetchState).where(FetchState.account_id == claim.account_id, FetchState.epoch == claim.epoch)


def _unless_wanted(moment: datetime) -> Any:
    # Whoever asked meanwhile has said when.
    return case((FetchState.wanted, FetchState.due_at), else_=moment)


def _later(moment: datetime) -> Any:
    # A lease that was given for longer is not made shorter.
    return case((FetchState.lease_until > moment, FetchState.lease_until), else_=moment)


def _written(session: Session, statement: Any) -> bool:
    result = cast(CursorResult[Any], session.execute(statement.execution_options(synchronize_session=False)))
    return result.rowcount == 1

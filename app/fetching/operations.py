"""What people do about fetching. The caller commits."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.fetching.claims import begin, ensure
from app.fetching.intervals import MOST_MINUTES, intervals
from app.models import Account, FetchDefaults, FetchState, Folder, Message, Placement, Trouble
from app.models.inserting import insert_if_absent
from app.models.turns import take_turn


class IntervalInvalid(Exception):
    """An interval is a whole number of minutes, from one to a day."""


def fetch_now(session: Session, account: Account, *, now: datetime) -> None:
    """Have an active account fetched at once, whatever has held it up before, and its folders listed anew.

    After too many refused passwords that is one try, and the next refusal holds it again.
    """
    ensure(session, now=now)
    _change(session, account, folders_listed_at=None, due_at=now, wanted=True, held_at=None, paused_at=None)


def ask_for_folders(session: Session, account: Account, *, now: datetime) -> None:
    """Have the folders of an account listed anew by the next fetch, which is due at once unless it is held up."""
    ensure(session, now=now)
    _change(session, account, folders_listed_at=None, due_at=now, wanted=True)


def pause(session: Session, account: Account, *, now: datetime) -> None:
    """Fetch nothing until somebody says otherwise; a running fetch ends between two messages."""
    ensure(session, now=now)
    _change(session, account, paused_at=now)


def set_options(
    session: Session, account: Account, *, interval_minutes: int | None, mark_seen: bool, now: datetime
) -> None:
    """Choose how one account is fetched; an interval of None means that of all. Raises IntervalInvalid."""
    begin(session, account.id, now=now)
    if interval_minutes is not None:
        _check(interval_minutes)
    _change(session, account, interval_minutes=interval_minutes, mark_seen=mark_seen)
    _bring_forward(session, [account.id], now)


def set_default_interval(session: Session, minutes: int, *, now: datetime) -> None:
    """Choose how often accounts are fetched that say nothing else. Raises IntervalInvalid."""
    _check(minutes)
    session.execute(insert_if_absent(session, FetchDefaults).values(id=1, interval_minutes=minutes))
    session.execute(update(FetchDefaults).values(interval_minutes=minutes))
    late = FetchState.due_at > now + timedelta(minutes=minutes)
    _bring_forward(session, session.scalars(select(FetchState.account_id).where(late)).all(), now)


def retry(session: Session, trouble: Trouble, *, now: datetime) -> None:
    """Have a message tried once more that was left aside."""
    account_id = session.scalar(select(Folder.account_id).where(Folder.id == trouble.folder_id))
    if account_id is None:
        return
    take_turn(session, [account_id])
    session.execute(_plain(update(Trouble).where(Trouble.id == trouble.id).values(retry=True)))
    state = update(FetchState).where(FetchState.account_id == account_id)
    session.execute(_plain(state.values(due_at=now, wanted=True)))


def forget_unplaced(session: Session, *, before: datetime, after: str = "", most: int = 500) -> str | None:
    """Delete messages that lie in no folder of anybody, stored before ``before``: ``most`` of them at a time.

    Return from where to go on, as ``after``; None when none is left.
    """
    placed = select(Placement.id).where(Placement.digest == Message.digest).exists()
    old = select(Message.digest).where(Message.digest > after, Message.stored_at < before, ~placed)
    # Locked, so that nobody finds one of them known while it is being deleted; asked again once they are.
    locked = old.order_by(Message.digest).limit(most).with_for_update(skip_locked=True)
    digests = session.scalars(locked).all()
    if not digests:
        return None
    session.execute(_plain(delete(Message).where(Message.digest.in_(digests), ~placed)))
    return digests[-1]


def _check(minutes: int) -> None:
    if not 1 <= minutes <= MOST_MINUTES:
        raise IntervalInvalid(minutes)


def _bring_forward(session: Session, account_ids: Collection[int], now: datetime) -> None:
    """Let accounts that are put off for longer than they would be now come earlier, unless failures put them off."""
    take_turn(session, account_ids)
    for account_id, interval in intervals(session, account_ids).items():
        late = (FetchState.account_id == account_id, FetchState.due_at > now + interval, FetchState.failures == 0)
        session.execute(_plain(update(FetchState).where(*late).values(due_at=now + interval)))


def _change(session: Session, account: Account, **values: Any) -> None:
    session.execute(_plain(update(FetchState).where(FetchState.account_id == account.id).values(values)))
    state = session.get(FetchState, account.id)
    if state is not None:
        session.refresh(state)


def _plain(statement: Any) -> Any:
    return statement.execution_options(synchronize_session=False)

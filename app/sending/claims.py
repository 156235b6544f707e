"""Who has a message in hand: by compare-and-set, since any number of workers and people may reach for it at once."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Table, Update, bindparam, func, or_, select, update
from sqlalchemy.orm import Session, aliased, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.models import CopyState, MessageState, OutgoingMessage, OutgoingRecipient
from app.sending.holds import may_be_opened

# A worker has let go of a message by then, whatever happens: it has 5 minutes for it.
LEASE = timedelta(minutes=6)


@contextmanager
def as_taken(session: Session) -> Iterator[None]:
    """Keep what is in hand as it was taken, whatever is committed.

    Read again, it could tell the epoch of whoever has taken it since.
    """
    session.expire_on_commit = False
    try:
        yield
    finally:
        session.expire_on_commit = True
        session.expire_all()


def claim(session: Session, message_id: str, *, now: datetime) -> OutgoingMessage | None:
    """Take a due message in hand; None if it is not due, or somebody else has it."""
    taken = _update(
        session,
        *_due(now),
        OutgoingMessage.id == message_id,
        epoch=OutgoingMessage.epoch + 1,
        attempts=OutgoingMessage.attempts + 1,
        lease_until=now + LEASE,
    )
    return _read(session, message_id) if taken else None


def claim_batch(session: Session, account_id: int, *, now: datetime, most: int = 20) -> list[OutgoingMessage]:
    """Take the account's next due messages in hand, those that nobody else takes, with all that sending needs."""
    ids = select(OutgoingMessage.id).where(*_due(now), OutgoingMessage.account_id == account_id)
    statement = (
        update(OutgoingMessage)
        .where(*_due(now), OutgoingMessage.id.in_(ids.order_by(OutgoingMessage.due_at).limit(most).scalar_subquery()))
        .values(epoch=OutgoingMessage.epoch + 1, attempts=OutgoingMessage.attempts + 1, lease_until=now + LEASE)
        .returning(OutgoingMessage.id)
        .execution_options(synchronize_session=False)
    )
    taken = session.scalars(statement).all()
    question = (
        select(OutgoingMessage)
        .where(OutgoingMessage.id.in_(taken))
        .order_by(OutgoingMessage.due_at)
        .options(*map(selectinload, (OutgoingMessage.recipients, OutgoingMessage.attachments, OutgoingMessage.images)))
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(question)) if taken else []


def release(session: Session, messages: Sequence[OutgoingMessage]) -> None:
    """Let go of messages that were not tried after all."""
    for message in messages:
        values = {"lease_until": None, "attempts": OutgoingMessage.attempts - 1}
        advance(session, message, message.epoch, [MessageState.QUEUED], **values)


def idle_accounts_due(session: Session, *, now: datetime) -> list[str]:
    """Return one due message of each account that nobody sends for: whoever takes it takes the others as well."""
    in_hand = select(OutgoingMessage.account_id).where(OutgoingMessage.lease_until >= now)
    question = (
        select(func.min(OutgoingMessage.id))
        .where(*_due(now), OutgoingMessage.account_id.not_in(in_hand.where(OutgoingMessage.account_id.is_not(None))))
        .group_by(OutgoingMessage.account_id)
    )
    orphans = select(OutgoingMessage.id).where(*_due(now), OutgoingMessage.account_id.is_(None))
    return [*session.scalars(question), *session.scalars(orphans)]


def advance(
    session: Session, message: OutgoingMessage, epoch: int, before: Collection[MessageState], /, **values: Any
) -> bool:
    """Write ``values`` if the message is still in the hand that ``epoch`` stands for; False if it is not."""
    mine = (OutgoingMessage.epoch == epoch, OutgoingMessage.state.in_(before))
    return _update(session, OutgoingMessage.id == message.id, *mine, row=message, **values)


def write(
    session: Session, message: OutgoingMessage, epoch: int, before: Collection[MessageState], values: dict[str, Any]
) -> bool:
    """Do what ``advance`` does, with plain values that the row in memory gets as well: no question follows."""
    statement = _message_update(frozenset(values), frozenset(before))
    written = session.connection().execute(statement, values | {"its_id": message.id, "its_epoch": epoch}).rowcount == 1
    for name, value in values.items() if written else ():
        set_committed_value(message, name, value)
    return written


def write_rows(session: Session, rows: Mapping[OutgoingRecipient, dict[str, Any]]) -> None:
    """Write values into recipients, those of the same columns together, and into their rows in memory."""
    alike: dict[frozenset[str], list[dict[str, Any]]] = {}
    for row, values in rows.items():
        alike.setdefault(frozenset(values), []).append(values | {"its_id": row.id})
        for name, value in values.items():
            set_committed_value(row, name, value)
    for columns, those in alike.items():
        session.connection().execute(_recipient_update(columns), those)


def claim_copy(session: Session, message_id: str, *, now: datetime) -> OutgoingMessage | None:
    """Take the filing of a due copy in hand; None if it is not due, or somebody files for its account already."""
    return _take_copy(session, message_id, now, _nobody_files(now))


def claim_next_copy(session: Session, account_id: int | None, *, now: datetime) -> OutgoingMessage | None:
    """Take the next due copy of an account, or of those that are gone, in hand; None if there is none."""
    due = select(OutgoingMessage.id).where(*_due_copy(now), OutgoingMessage.account_id == account_id)
    for message_id in session.scalars(due.order_by(OutgoingMessage.copy_due_at).limit(5)).all():
        taken = _take_copy(session, message_id, now)
        if taken is not None:
            return taken
    return None


def due_copies(session: Session, *, now: datetime, account_id: int | None = None) -> list[str]:
    """Return one due copy of each account, or of this one, that nobody files for: whoever takes it takes the others.

    Each of them with a login of its own would be one wrong password after the other.
    """
    question = select(func.min(OutgoingMessage.id)).where(*_due_copy(now), _nobody_files(now))
    if account_id is not None:
        question = question.where(OutgoingMessage.account_id == account_id)
    return list(session.scalars(question.group_by(OutgoingMessage.account_id)))


def advance_copy(session: Session, message: OutgoingMessage, epoch: int, /, **values: Any) -> bool:
    """Write ``values`` about the copy if it is still in the hand that ``epoch`` stands for."""
    mine = (OutgoingMessage.copy_epoch == epoch, OutgoingMessage.copy_state == CopyState.PENDING)
    return _update(session, OutgoingMessage.id == message.id, *mine, row=message, **values)


def _due(now: datetime) -> tuple[Any, ...]:
    free = or_(OutgoingMessage.lease_until.is_(None), OutgoingMessage.lease_until < now)
    return OutgoingMessage.state == MessageState.QUEUED, OutgoingMessage.due_at <= now, free


def _due_copy(now: datetime) -> tuple[Any, ...]:
    free = or_(OutgoingMessage.copy_lease_until.is_(None), OutgoingMessage.copy_lease_until < now)
    pending = OutgoingMessage.copy_state == CopyState.PENDING
    return pending, OutgoingMessage.copy_due_at <= now, free, may_be_opened()


def _nobody_files(now: datetime) -> ColumnElement[bool]:
    other = aliased(OutgoingMessage)
    in_hand = select(other.account_id).where(other.copy_lease_until >= now, other.account_id.is_not(None))
    return or_(OutgoingMessage.account_id.is_(None), OutgoingMessage.account_id.not_in(in_hand))


def _take_copy(session: Session, message_id: str, now: datetime, *only: Any) -> OutgoingMessage | None:
    taken = _update(
        session,
        *_due_copy(now),
        OutgoingMessage.id == message_id,
        *only,
        copy_epoch=OutgoingMessage.copy_epoch + 1,
        copy_attempts=OutgoingMessage.copy_attempts + 1,
        copy_lease_until=now + LEASE,
    )
    return _read(session, message_id) if taken else None


def _update(session: Session, *where: Any, row: OutgoingMessage | None = None, **values: Any) -> bool:
    statement = update(OutgoingMessage).where(*where).values(values).execution_options(synchronize_session=False)
    written = cast(CursorResult[Any], session.execute(statement)).rowcount == 1
    if row is not None:
        session.expire(row)
    return written


# Built once: to build a statement takes longer than to run it, and each message needs several.
@cache
def _message_update(columns: frozenset[str], before: frozenset[MessageState]) -> Update:
    states = [OutgoingMessage.state == state for state in sorted(before)]
    mine = (OutgoingMessage.id == bindparam("its_id"), OutgoingMessage.epoch == bindparam("its_epoch"), or_(*states))
    return update(cast(Table, OutgoingMessage.__table__)).where(*mine).values(_open(columns))


@cache
def _recipient_update(columns: frozenset[str]) -> Update:
    its = OutgoingRecipient.id == bindparam("its_id")
    return update(cast(Table, OutgoingRecipient.__table__)).where(its).values(_open(columns))


def _open(columns: Iterable[str]) -> dict[str, Any]:
    return {name: bindparam(name) for name in sorted(columns)}


def _read(session: Session, message_id: str) -> OutgoingMessage:
    return session.get_one(OutgoingMessage, message_id, populate_existing=True)

"""Reads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.mail.content import MEBI, Content
from app.models import Account, Folder, Message, MessageChunk, Placement

# Beyond that nobody wants to know it exactly, and counting has to stay cheap.
MOST_COUNTED = 100
_place = tuple_(Placement.received_at, Placement.id)
_IS_UNREAD = Placement.is_read.is_(False)


@dataclass(frozen=True, slots=True)
class Listed:
    """A message in a list, and one of the places where it lies."""

    message: Message
    placement: Placement


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page of a list ends: the next one begins below."""

    received_at: datetime
    placement_id: int


def list_messages(
    session: Session,
    *,
    account_id: int | None = None,
    folder_id: int | None = None,
    search: str = "",
    unread: bool = False,
    below: Position | None = None,
    most: int = 50,
) -> list[Listed]:
    """Return messages, the latest first, each once per account, or folder; ``search`` looks at sender and subject."""
    question = select(Message, Placement).join(Placement, Placement.digest == Message.digest)
    question = question.where(*_within(account_id, folder_id))
    for word in search.casefold().split():
        question = question.where(Message.search_text.contains(word, autoescape=True))
    if unread:
        question = question.where(_IS_UNREAD)
    if below is not None:
        question = question.where(_place < (below.received_at, below.placement_id))
    question = question.order_by(Placement.received_at.desc(), Placement.id.desc()).limit(most)
    return [Listed(*row) for row in session.execute(question)]


def count_unread(session: Session, *, account_id: int | None = None, folder_id: int | None = None) -> int:
    """Return how many unread messages a list has; ``MOST_COUNTED`` stands for that many or more."""
    some = select(Placement.id).where(_IS_UNREAD, *_within(account_id, folder_id))
    if account_id is not None:
        # Also beside a folder: the index of unread messages begins with the account.
        some = some.where(Placement.account_id == account_id)
    return session.scalar(select(func.count()).select_from(some.limit(MOST_COUNTED).subquery())) or 0


def count_unread_by_account(session: Session) -> dict[int, int]:
    """Return how many unread messages each account has; ``MOST_COUNTED`` stands for that many or more."""
    own = select(Placement.id).where(Placement.account_id == Account.id, _IS_UNREAD, ~_lies_later_too())
    some = own.limit(MOST_COUNTED).correlate(Account).subquery()
    question = select(Account.id, select(func.count()).select_from(some).scalar_subquery())
    return dict(session.execute(question).all())


def list_folders(session: Session, account_id: int) -> Sequence[Folder]:
    """Return the folders of an account that mail was fetched from, in no special order."""
    filled = select(Placement.id).where(Placement.folder_id == Folder.id).exists()
    return session.scalars(select(Folder).where(Folder.account_id == account_id, filled)).all()


def find_message(session: Session, placement_id: int) -> Listed | None:
    """Return the message that lies at a place, or None."""
    question = select(Message, Placement).join(Placement, Placement.digest == Message.digest)
    row = session.execute(question.where(Placement.id == placement_id)).first()
    return None if row is None else Listed(*row)


def find_on_server(session: Session, placement: Placement) -> Placement | None:
    """Return where a message lies on the server: where it was, or where else in the account; None if nowhere known."""
    if placement.gone_at is None:
        return placement
    mine = Placement.account_id.is_not_distinct_from(placement.account_id)
    there = select(Placement).where(mine, Placement.digest == placement.digest, Placement.gone_at.is_(None))
    return session.scalar(there.order_by(Placement.received_at.desc(), Placement.id.desc()).limit(1))


def whole(session: Session, message: Message) -> Content:
    """Return the message as it came, all of it; a large one lies in a file. The caller closes it."""
    content = Content()
    for data in content_of(session, message):
        content.write(data)
    return content


def content_of(session: Session, message: Message) -> Iterator[bytes]:
    """Yield the message as it came, piece by piece."""
    number = 0
    while (data := session.scalar(_chunk(message.digest, number))) is not None:
        yield data
        number += 1


def piece_of(session: Session, message: Message, start: int, stop: int) -> bytes:
    """Return the bytes of a message from ``start`` up to ``stop``, and read no others than lie near them."""
    first, last = start // MEBI, max(start, stop - 1) // MEBI
    # Only what is longer than a mebibyte is in pieces, and all but the last of them have that length.
    chunks = [session.scalar(_chunk(message.digest, number)) or b"" for number in range(first, last + 1)]
    return b"".join(chunks)[start - first * MEBI : stop - first * MEBI]


def count_messages(session: Session, account_id: int) -> int:
    """Return how many messages of an account are stored."""
    question = select(func.count(Placement.digest.distinct())).where(Placement.account_id == account_id)
    return session.scalar(question) or 0


def _within(account_id: int | None, folder_id: int | None) -> list[ColumnElement[bool]]:
    """Return what holds for the messages of a list: each of them stands there once, at its latest place."""
    if folder_id is not None:
        return [Placement.folder_id == folder_id, ~_lies_later_too(in_the_folder=True)]
    if account_id is not None:
        return [Placement.account_id == account_id, ~_lies_later_too()]
    return [~_lies_later_too()]


def _lies_later_too(*, in_the_folder: bool = False) -> ColumnElement[bool]:
    """Return whether a message has a later place in the same account, or in the same folder."""
    other = aliased(Placement)
    same = other.account_id.is_not_distinct_from(Placement.account_id)
    question = select(other.id).where(same, other.digest == Placement.digest)
    if in_the_folder:
        # By an expression: through an index SQLite would look at all of the folder for each of its messages.
        question = question.where(other.folder_id + 0 == Placement.folder_id)
    return question.where(tuple_(other.received_at, other.id) > _place).correlate(Placement).exists()


def _chunk(digest: str, number: int):  # type: ignore[no-untyped-def]  # SQLAlchemy's own type says less than the name
    return select(MessageChunk.data).where(MessageChunk.digest == digest, MessageChunk.number == number)

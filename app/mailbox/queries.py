"""Reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.mail.content import MEBI, Content
from app.models import Message, MessageChunk, Placement


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
    search: str = "",
    unread: bool = False,
    below: Position | None = None,
    most: int = 50,
) -> list[Listed]:
    """Return messages, the latest first, each once per account; ``search`` looks at sender and subject."""
    first = aliased(Placement)
    place = tuple_(Placement.received_at, Placement.id)
    earlier = (
        select(first.id)
        .where(
            first.account_id.is_not_distinct_from(Placement.account_id),
            first.digest == Placement.digest,
            tuple_(first.received_at, first.id) > place,
        )
        .exists()
    )
    question = select(Message, Placement).join(Placement, Placement.digest == Message.digest).where(~earlier)
    if account_id is not None:
        question = question.where(Placement.account_id == account_id)
    for word in search.casefold().split():
        question = question.where(Message.search_text.contains(word, autoescape=True))
    if unread:
        question = question.where(Placement.is_read.is_(False))
    if below is not None:
        question = question.where(place < (below.received_at, below.placement_id))
    question = question.order_by(Placement.received_at.desc(), Placement.id.desc()).limit(most)
    return [Listed(*row) for row in session.execute(question)]


def find_message(session: Session, placement_id: int) -> Listed | None:
    """Return the message that lies at a place, or None."""
    question = select(Message, Placement).join(Placement, Placement.digest == Message.digest)
    row = session.execute(question.where(Placement.id == placement_id)).first()
    return None if row is None else Listed(*row)


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


def _chunk(digest: str, number: int):  # type: ignore[no-untyped-def]  # SQLAlchemy's own type says less than the name
    return select(MessageChunk.data).where(MessageChunk.digest == digest, MessageChunk.number == number)

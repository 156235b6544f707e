"""Reads."""

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.models import (
    CopyState,
    MessageState,
    OutgoingAttachment,
    OutgoingImage,
    OutgoingMessage,
    RecipientState,
    RoundTrip,
)

MOST_LISTED = 200
_ON_ITS_WAY = frozenset({MessageState.QUEUED, MessageState.SENDING})
_MAY_HAVE_IT = frozenset({RecipientState.UNCERTAIN, RecipientState.SENDING})


class Reach(StrEnum):
    """Whether a message has got to anybody."""

    NOBODY = "nobody"
    PERHAPS = "perhaps"
    SOMEBODY = "somebody"


def find_own(session: Session, message_id: str, user_id: int) -> OutgoingMessage | None:
    """Return the person's message, or None: nobody else's is there for them."""
    message = session.get(OutgoingMessage, message_id)
    return message if message is not None and message.user_id == user_id else None


def list_own(session: Session, user_id: int) -> list[OutgoingMessage]:
    """Return the person's messages but for test messages: drafts, then the others, the latest first, not too many."""
    tests = select(RoundTrip.message_id).where(RoundTrip.user_id == user_id)
    question = (
        select(OutgoingMessage)
        .where(OutgoingMessage.user_id == user_id, OutgoingMessage.id.not_in(tests))
        .order_by(OutgoingMessage.state != MessageState.DRAFT, OutgoingMessage.changed_at.desc(), OutgoingMessage.id)
        .options(selectinload(OutgoingMessage.recipients))
        .limit(MOST_LISTED)
    )
    return list(session.scalars(question))


def count_on_their_way(session: Session, user_id: int) -> int:
    """Return how many of the person's messages a worker still has to send or to file.

    Until the transaction ends none of the person's messages gets any further.
    """
    held = select(OutgoingMessage.state, OutgoingMessage.copy_state).where(OutgoingMessage.user_id == user_id)
    found = session.execute(held.order_by(OutgoingMessage.id).with_for_update()).all()
    return sum(state in _ON_ITS_WAY or copy is CopyState.PENDING for state, copy in found)


def find_attachment(session: Session, message: OutgoingMessage, attachment_id: str) -> OutgoingAttachment | None:
    """Return a file of ``message``, or None."""
    found = session.get(OutgoingAttachment, attachment_id)
    return found if found is not None and found.message_id == message.id else None


def find_image(session: Session, message: OutgoingMessage, content_id: str) -> OutgoingImage | None:
    """Return an image that a queued message shows, or None."""
    return session.get(OutgoingImage, (message.id, content_id)) if content_id.isprintable() else None


def find_own_round_trip(session: Session, round_trip_id: str, user_id: int) -> RoundTrip | None:
    """Return the person's test message, or None."""
    found = session.get(RoundTrip, round_trip_id)
    return found if found is not None and found.user_id == user_id else None


def may_retry(message: OutgoingMessage) -> bool:
    """Return whether a person may have the message tried again: at once where it waits, once more where it ended."""
    return message.state in (
        MessageState.QUEUED,
        MessageState.FAILED,
        MessageState.PARTIAL,
        MessageState.UNCERTAIN,
    )


def may_edit(message: OutgoingMessage) -> bool:
    """Return whether the message may become a draft again: nobody has got it, and nobody may have."""
    return message.state in (MessageState.QUEUED, MessageState.FAILED) and reach_of(message) is Reach.NOBODY


def reach_of(message: OutgoingMessage) -> Reach:
    """Return whether somebody has got the message, whatever is still to come for others."""
    states = {row.state for row in message.recipients}
    if RecipientState.SENT in states:
        return Reach.SOMEBODY
    return Reach.PERHAPS if states & _MAY_HAVE_IT else Reach.NOBODY


def is_settled(message: OutgoingMessage) -> bool:
    """Return whether nothing will happen to the message by itself any more."""
    return message.state not in _ON_ITS_WAY

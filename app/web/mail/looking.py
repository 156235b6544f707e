"""How soon a page looks again: when something can have changed, and not more often."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.models import CopyState, MessageState, OutgoingMessage

# While a worker is at it; for what nobody waits for, and in a list, which is longer, less often.
SOON_MS, LESS_SOON_MS = 400, 1500
# Somebody else may move a message that waits, and what is said about its next try counts minutes.
_AT_LEAST = timedelta(minutes=1)


def look_again_ms(
    messages: Iterable[OutgoingMessage], *, now: datetime, soon: int, copies_held: bool = False
) -> int | None:
    """Return the milliseconds until one of ``messages`` can be another one; None: no more by itself.

    ``copies_held``: their copies wait for a person.
    """
    moments = [moment for message in messages for moment in _moments(message, now, copies_held)]
    if not moments:
        return None
    wait = min(min(moments) - now, _AT_LEAST)
    return max(soon, round(wait.total_seconds() * 1000))


def look_again_seconds(poll_ms: int | None) -> int | None:
    """Return how soon a page without a script loads itself again; not so soon that nobody can read it."""
    return None if poll_ms is None else max(3, round(poll_ms / 1000))


def _moments(message: OutgoingMessage, now: datetime, copies_held: bool) -> Iterable[datetime]:
    if message.state is MessageState.SENDING:
        yield now
    if message.state is MessageState.QUEUED:
        yield message.due_at or now
    if message.copy_state is CopyState.PENDING:
        yield now + _AT_LEAST if copies_held else message.copy_due_at or now

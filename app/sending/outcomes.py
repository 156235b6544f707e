"""What the answers of a server add up to: for a recipient, for the message, and for the time of the next try."""

from collections.abc import Collection
from datetime import timedelta

from app.mail.outcomes import Outcome, Retry, retry_of
from app.models import MessageState, RecipientState

# How long after each try the next one is due; then once an hour.
_WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
# About two days of tries; what is not taken by then will not be.
MOST_ATTEMPTS = 50
# Messages that were put off together shall not come back together.
_SPREAD = 0.2
COPY_MOST_ATTEMPTS = 12


def recipient_state(outcome: Outcome) -> RecipientState:
    """Return what an answer makes of a recipient: waiting for the next try, sent, refused or uncertain."""
    if outcome is Outcome.OK:
        return RecipientState.SENT
    if outcome is Outcome.UNCERTAIN:
        return RecipientState.UNCERTAIN
    return RecipientState.WAITING if retry_of(outcome) is Retry.LATER else RecipientState.REFUSED


def message_state(recipients: Collection[RecipientState]) -> MessageState:
    """Return how a message stands whose recipients stand like this."""
    states = set(recipients)
    if RecipientState.SENDING in states:
        return MessageState.SENDING
    if RecipientState.WAITING in states:
        return MessageState.QUEUED
    if RecipientState.UNCERTAIN in states:
        return MessageState.UNCERTAIN
    if states == {RecipientState.SENT}:
        return MessageState.SENT
    return MessageState.PARTIAL if RecipientState.SENT in states else MessageState.FAILED


def wait_after(attempts: int, chance: float) -> timedelta:
    """Return how long to wait after so many tries; ``chance``, from 0 to 1, spreads it by a fifth either way."""
    wait = _WAITS[min(max(attempts, 1), len(_WAITS)) - 1]
    return wait * (1 - _SPREAD + 2 * _SPREAD * chance)

"""How an account is doing, in one word."""

from datetime import datetime, timedelta
from enum import StrEnum

from app.models import FetchState

# Failures in a row that nobody needs to hear of yet.
_PATIENCE = 2


class Health(StrEnum):
    """``late``: not fetched for a while, without much to worry about; ``paused``: waiting for a person.

    ``asking``: a person has to say first whether an account still leads to the same mailbox.
    """

    OK = "ok"
    LATE = "late"
    FAILING = "failing"
    ASKING = "asking"
    PAUSED = "paused"
    OFF = "off"


def health(
    state: FetchState | None, *, active: bool, asks: bool, acted: bool, interval: timedelta, now: datetime
) -> Health:
    """Return how an account is doing whose mail is fetched every ``interval``.

    ``acted``: a person has changed how it reaches its mail since it was tried, or proven it since it failed, so that
    failures before that say nothing any more. That nobody has tried it for long still does.
    """
    if not active:
        return Health.OFF
    if state is None:
        return Health.OK
    if asks:
        return Health.ASKING
    if state.paused_at is not None or (state.held_at is not None and not acted):
        return Health.PAUSED
    failures = 0 if acted else state.failures
    overdue = state.held_at is None and now - state.due_at > 2 * interval
    if failures or overdue:
        return Health.FAILING if failures >= _PATIENCE else Health.LATE
    return Health.OK

"""A test message to oneself: sent like any other, and looked for until it lies in the inbox."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, select, update
from sqlalchemy.orm import Session

from app import accounts
from app.accounts import AccountDetails
from app.clock import Clock
from app.mail.deadline import Deadline
from app.mail.failures import StepFailed
from app.mail.outcomes import Outcome
from app.models import Account, CopyState, Hindrance, MessageState, OutgoingMessage, RoundTrip, RoundTripState
from app.sending.filing import OpenMailbox
from app.sending.operations import Addressed, Typed, new_id, queue, save_draft
from app.sending.queries import is_settled
from app.sending.recipients import Recipient
from app.vault import Vault

# What a person waits for, and what a provider's filters may take.
MOST_TIME = timedelta(minutes=2)
# What one look may take, and what lies between two: each is a login, and providers count those.
_LOOK_SECONDS = 20.0
_SOON, _LATE = timedelta(seconds=1), timedelta(seconds=15)
# How long the page of a test message can be looked at again.
_ROW_LIFE = timedelta(days=7)
_ENDED = (MessageState.FAILED, MessageState.UNCERTAIN, MessageState.PARTIAL, MessageState.DRAFT)


@dataclass(frozen=True, slots=True)
class WatchTools:
    """What a look needs from outside; ``publish`` commits."""

    vault: Vault
    open_mailbox: OpenMailbox
    clock: Clock
    publish: Callable[[], None]


def start(
    session: Session, account: Account, user_id: int, domain: str, *, subject: str, text: str, now: datetime
) -> RoundTrip:
    """Queue a test message from ``account`` to itself; one that is still waited for ends. The caller commits.

    Raises AccountGone.
    """
    running = select(RoundTrip).where(RoundTrip.user_id == user_id, RoundTrip.state == RoundTripState.RUNNING)
    for other in session.scalars(running):
        cancel(session, other)
    typed = Typed(account.id, to=account.email, subject=subject, text=text)
    message = save_draft(session, new_id(), user_id, typed, now=now)
    # It is for looking at, not for keeping.
    message.copy_state = CopyState.NOT_WANTED
    local, _at, _domain = account.email.rpartition("@")
    queue(session, message, account, Addressed(to=[Recipient("", f"{local}@{domain}")]), domain, now=now)
    started = RoundTrip(
        id=secrets.token_urlsafe(16),
        user_id=user_id,
        account_id=account.id,
        message_id=message.id,
        state=RoundTripState.RUNNING,
        started_at=now,
    )
    session.add(started)
    return started


def cancel(session: Session, round_trip: RoundTrip) -> None:
    """Wait no longer; a message that has not left yet does not leave."""
    if not _end(session, round_trip, RoundTripState.CANCELLED):
        return
    session.execute(
        update(OutgoingMessage)
        .where(OutgoingMessage.id == round_trip.message_id, OutgoingMessage.state == MessageState.QUEUED)
        .values(state=MessageState.FAILED, epoch=OutgoingMessage.epoch + 1)
    )


def watch(session: Session, round_trip: RoundTrip, tools: WatchTools) -> timedelta | None:
    """Look once for the message in the inbox; return after which time to look again, None when the wait is over."""
    account = accounts.find(session, round_trip.account_id)
    if account is None or round_trip.state is not RoundTripState.RUNNING:
        return None
    details = accounts.details_of(account, tools.vault)
    message = session.get_one(OutgoingMessage, round_trip.message_id)
    left = round_trip.started_at + MOST_TIME - tools.clock()
    again = None
    if not details.imap.password:
        # Providers count a login without one like any wrong one.
        _end(session, round_trip, RoundTripState.UNREADABLE, outcome=Hindrance.SECRET_UNREADABLE)
    elif is_settled(message) and message.state in _ENDED:
        _end(session, round_trip, RoundTripState.NOT_SENT)
    elif left <= timedelta():
        _end(session, round_trip, RoundTripState.NOT_SEEN, outcome=Outcome.TIMEOUT_TOTAL)
    elif message.state is not MessageState.SENT:
        again = _SOON
    else:
        again = _look(session, details, round_trip, message, tools)
    tools.publish()
    return again


def give_up_lost(session: Session, *, now: datetime) -> None:
    """End the waits that nobody looks after any more."""
    over = (RoundTrip.state == RoundTripState.RUNNING, RoundTrip.started_at < now - MOST_TIME - timedelta(seconds=30))
    session.execute(update(RoundTrip).where(*over).values(state=RoundTripState.NOT_SEEN))


def forget_expired(session: Session, *, now: datetime) -> None:
    """Delete test messages older than a week."""
    _forget(session, RoundTrip.started_at < now - _ROW_LIFE)


def forget_account(session: Session, account: Account) -> None:
    """Delete the test messages of ``account``, which would look like written ones without their tests."""
    _forget(session, RoundTrip.account_id == account.id)


def _forget(session: Session, which: ColumnElement[bool]) -> None:
    # The messages take their round trips along.
    tests = select(RoundTrip.message_id).where(which)
    session.execute(delete(OutgoingMessage).where(OutgoingMessage.id.in_(tests)))


def _look(
    session: Session, details: AccountDetails, round_trip: RoundTrip, message: OutgoingMessage, tools: WatchTools
) -> timedelta | None:
    message_id, sent_at, since = message.message_id or "", message.sent_at, round_trip.started_at - timedelta(days=1)
    ends_at = round_trip.started_at + MOST_TIME
    # Lets go of what was read: the server may take its time.
    tools.publish()
    try:
        with Deadline(min(_LOOK_SECONDS, (ends_at - tools.clock()).total_seconds())) as deadline:
            opening = tools.open_mailbox(details.imap, fast_mode=details.fast_mode, deadline=deadline)
            with opening as mailbox:
                found = mailbox.holds("INBOX", message_id, since=since.date())
                seen_at = tools.clock()
                mailbox.quit()
    except StepFailed as failure:
        late = failure.outcome is Outcome.TIMEOUT_TOTAL and tools.clock() >= ends_at
        state = RoundTripState.NOT_SEEN if late else RoundTripState.UNREADABLE
        _end(session, round_trip, state, outcome=failure.outcome, server_text=failure.text)
        return None
    if found:
        _end(session, round_trip, RoundTripState.SEEN, seen_at=seen_at)
        return None
    waited = seen_at - (sent_at or round_trip.started_at)
    return min(max(_SOON, waited / 2), _LATE)


def _end(session: Session, round_trip: RoundTrip, state: RoundTripState, **values: Any) -> bool:
    running = (RoundTrip.id == round_trip.id, RoundTrip.state == RoundTripState.RUNNING)
    statement = update(RoundTrip).where(*running).values(state=state, **values)
    ended = cast(CursorResult[Any], session.execute(statement)).rowcount == 1
    session.expire(round_trip)
    return ended

"""A test message to oneself: sent like any other, and waited for until it lies in the inbox."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, select, update
from sqlalchemy.orm import Session

from app import accounts
from app.clock import Clock
from app.mail.deadline import Deadline
from app.mail.failures import StepFailed
from app.mail.outcomes import Outcome
from app.mail.sent_copy import Mailbox
from app.models import Account, CopyState, Hindrance, MessageState, OutgoingMessage, RoundTrip, RoundTripState
from app.sending.filing import OpenMailbox
from app.sending.operations import Addressed, Typed, new_id, queue, save_draft
from app.sending.queries import is_settled
from app.sending.recipients import Recipient
from app.vault import Vault

# What a person waits for, and what a provider's filters may take.
MOST_TIME = timedelta(minutes=2)
_LOOK_SECONDS = 0.5
# How long the page of a test message can be looked at again.
_ROW_LIFE = timedelta(days=7)
_ENDED = (MessageState.FAILED, MessageState.UNCERTAIN, MessageState.PARTIAL, MessageState.DRAFT)


@dataclass(frozen=True, slots=True)
class WatchTools:
    """What the wait needs from outside; ``publish`` commits."""

    vault: Vault
    open_mailbox: OpenMailbox
    clock: Clock
    publish: Callable[[], None]


def start(
    session: Session, account: Account, user_id: int, domain: str, *, subject: str, text: str, now: datetime
) -> RoundTrip:
    """Queue a test message from ``account`` to itself; one that is still waited for ends. The caller commits."""
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


def watch(session: Session, round_trip: RoundTrip, tools: WatchTools) -> None:
    """Wait until the message is in the inbox, the time is up, or nobody waits any more."""
    account = accounts.find(session, round_trip.account_id)
    if account is None:
        return
    details = accounts.details_of(account, tools.vault)
    if not details.imap.password:
        # Providers count a login without one like any wrong one.
        _end(session, round_trip, RoundTripState.UNREADABLE, outcome=Hindrance.SECRET_UNREADABLE)
        tools.publish()
        return
    seconds = (round_trip.started_at + MOST_TIME - tools.clock()).total_seconds()
    try:
        with Deadline(max(1.0, seconds)) as deadline:
            opening = tools.open_mailbox(details.imap, fast_mode=details.fast_mode, deadline=deadline)
            with opening as mailbox:
                _look(session, mailbox, round_trip, deadline, tools)
                mailbox.quit()
    except StepFailed as failure:
        late = failure.outcome is Outcome.TIMEOUT_TOTAL
        state = RoundTripState.NOT_SEEN if late else RoundTripState.UNREADABLE
        _end(session, round_trip, state, outcome=failure.outcome, server_text=failure.text)
        tools.publish()


def give_up_lost(session: Session, *, now: datetime) -> None:
    """End the waits whose worker is gone."""
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


def _look(session: Session, mailbox: Mailbox, round_trip: RoundTrip, deadline: Deadline, tools: WatchTools) -> None:
    since = (round_trip.started_at - timedelta(days=1)).date()
    while True:
        # The commit lets go of what was read, so that the next look sees what others wrote.
        tools.publish()
        message = session.get_one(OutgoingMessage, round_trip.message_id)
        if round_trip.state is not RoundTripState.RUNNING:
            return
        if is_settled(message) and message.state in _ENDED:
            _end(session, round_trip, RoundTripState.NOT_SENT)
            tools.publish()
            return
        if message.state is MessageState.SENT and mailbox.holds("INBOX", message.message_id or "", since=since):
            _end(session, round_trip, RoundTripState.SEEN, seen_at=tools.clock())
            tools.publish()
            return
        deadline.pause(_LOOK_SECONDS)


def _end(session: Session, round_trip: RoundTrip, state: RoundTripState, **values: Any) -> bool:
    running = (RoundTrip.id == round_trip.id, RoundTrip.state == RoundTripState.RUNNING)
    statement = update(RoundTrip).where(*running).values(state=state, **values)
    ended = cast(CursorResult[Any], session.execute(statement)).rowcount == 1
    session.expire(round_trip)
    return ended

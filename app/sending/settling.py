"""Writing down what became of a message: for each recipient, and so for the whole."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import accounts
from app.mail.failures import StepFailed
from app.mail.outcomes import Outcome, Retry, retry_of
from app.mail.sent_copy import files_itself
from app.mail.submission import Answer
from app.models import Account, CopyState, Hindrance, MessageState, OutgoingMessage, OutgoingRecipient, RecipientState
from app.sending import claims
from app.sending.outcomes import MOST_ATTEMPTS, message_state, recipient_state, wait_after

# An answer that arrives after the lease has ended is still the truth.
_IN_HAND = (MessageState.QUEUED, MessageState.SENDING, MessageState.UNCERTAIN)


def settle(
    session: Session,
    message: OutgoingMessage,
    epoch: int,
    answers: Iterable[tuple[OutgoingRecipient, Answer]],
    *,
    copy: CopyState,
    now: datetime,
    chance: float,
) -> None:
    """Record the answers to recipients, and what the message comes to. Whoever is late writes nothing.

    ``copy`` is what the account does with copies of its messages.
    """
    heard = {row: (answer.outcome, answer.text) for row, answer in answers}
    for row in message.recipients:
        # Set aside while the content was on its way: refused for good, or to be tried again.
        if row not in heard and row.state is RecipientState.WAITING and row.outcome is not None:
            heard[row] = (Outcome(row.outcome), row.server_text)
    rows = {row: _row(outcome, text, message.attempts) for row, (outcome, text) in heard.items()}
    values = _conclusion(message, rows, now=now, chance=chance)
    if values.get("sent_at") and message.copy_state is CopyState.NONE:
        values |= {"copy_state": copy, "copy_due_at": now if copy is CopyState.PENDING else None}
    if claims.write(session, message, epoch, _IN_HAND, values):
        claims.write_rows(session, rows)


def put_off(
    session: Session, message: OutgoingMessage, epoch: int, failure: StepFailed, *, now: datetime, chance: float
) -> None:
    """Note a failure that is the whole message's: try again later where that helps, else fail."""
    if retry_of(failure.outcome) is not Retry.LATER or message.attempts >= MOST_ATTEMPTS:
        fail(session, message, epoch, failure.outcome, failure.text, now=now)
        return
    due_at = now + wait_after(message.attempts, chance)
    values = {"lease_until": None, "due_at": due_at, "outcome": failure.outcome, "server_text": failure.text}
    claims.advance(session, message, epoch, [MessageState.QUEUED], **values)


def fail(
    session: Session,
    message: OutgoingMessage,
    epoch: int,
    outcome: Outcome | Hindrance,
    text: str | None,
    *,
    now: datetime,
) -> None:
    """End the tries; who has not got the message will not get it until a person does something."""
    refused = {"state": RecipientState.REFUSED, "outcome": str(outcome), "server_text": text}
    rows = {row: refused for row in message.recipients if row.state is RecipientState.WAITING}
    values = _conclusion(message, rows, now=now, chance=0)
    values |= {"outcome": str(outcome), "server_text": text}
    if claims.write(session, message, epoch, [MessageState.QUEUED], values):
        claims.write_rows(session, rows)


def give_up_lost(session: Session, *, now: datetime) -> int:
    """Call uncertain what was being sent by a worker that is gone; return how many messages that are."""
    overdue = (OutgoingMessage.state == MessageState.SENDING, OutgoingMessage.lease_until < now)
    lost = session.scalars(select(OutgoingMessage).where(*overdue)).all()
    for message in lost:
        if not claims.advance(session, message, message.epoch, [MessageState.SENDING], lease_until=None):
            continue
        on_its_way = OutgoingRecipient.state == RecipientState.SENDING
        session.execute(
            update(OutgoingRecipient)
            .where(OutgoingRecipient.message_id == message.id, on_its_way)
            .values(state=RecipientState.UNCERTAIN, outcome=Outcome.UNCERTAIN)
        )
        session.expire(message)
        account = accounts.find(session, message.account_id) if message.account_id is not None else None
        settle(session, message, message.epoch, [], copy=copy_for(account), now=now, chance=0)
    return len(lost)


def copy_for(account: Account | None) -> CopyState:
    """Return what is to become of copies of what ``account`` sends."""
    wanted = account is not None and not files_itself(account.smtp_host)
    return CopyState.PENDING if wanted else CopyState.NOT_WANTED


def _row(outcome: Outcome, text: str | None, attempts: int) -> dict[str, Any]:
    state = recipient_state(outcome)
    if state is RecipientState.WAITING and attempts >= MOST_ATTEMPTS:
        state = RecipientState.REFUSED
    return {"state": state, "outcome": str(outcome), "server_text": text}


def _conclusion(
    message: OutgoingMessage, rows: Mapping[OutgoingRecipient, dict[str, Any]], *, now: datetime, chance: float
) -> dict[str, Any]:
    """Return what a message comes to once ``rows`` are written."""
    states = [rows[row]["state"] if row in rows else row.state for row in message.recipients]
    state = message_state(states)
    values: dict[str, Any] = {"state": state, "lease_until": None, "outcome": None, "server_text": None}
    if state is MessageState.QUEUED:
        values["due_at"] = now + wait_after(message.attempts, chance)
    if RecipientState.SENT in states:
        values["sent_at"] = message.sent_at or now
    return values

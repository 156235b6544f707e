"""What people do with messages. The caller commits."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import accounts, stationery
from app.models import (
    Account,
    CopyState,
    MessageState,
    OutgoingMessage,
    OutgoingRecipient,
    RecipientKind,
    RecipientState,
    StationeryChoice,
)
from app.sending import claims, holds
from app.sending.compose import compose
from app.sending.content import cleaned, html_of
from app.sending.following import Dress
from app.sending.freezing import freeze, thaw
from app.sending.header_text import flaw_of, message_ids, single_spaced
from app.sending.letters import letter_of
from app.sending.queries import may_edit, may_retry
from app.sending.recipients import Recipient
from app.stationery import Values

_OF_THE_ACCOUNT = Dress()


class MessageBusy(Exception):
    """The message is in a worker's hand, or has come further than the person saw."""


class AccountGone(Exception):
    """The account that a message was to be sent from is not there any more."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody has written so far, as it was typed. ``in_reply_to`` and ``references`` hold message ids."""

    account_id: int | None
    to: str = ""
    cc: str = ""
    bcc: str = ""
    subject: str = ""
    text: str = ""
    in_reply_to: str = ""
    references: str = ""
    dress: Dress = _OF_THE_ACCOUNT


@dataclass(frozen=True, slots=True)
class Addressed:
    """The recipients that were understood."""

    to: Sequence[Recipient] = ()
    cc: Sequence[Recipient] = ()
    bcc: Sequence[Recipient] = field(default=())

    def distinct(self) -> list[tuple[RecipientKind, Recipient]]:
        """Return each address once, where it stands first."""
        found: dict[str, tuple[RecipientKind, Recipient]] = {}
        for kind, recipients in (
            (RecipientKind.TO, self.to),
            (RecipientKind.CC, self.cc),
            (RecipientKind.BCC, self.bcc),
        ):
            for recipient in recipients:
                found.setdefault(recipient.key, (kind, recipient))
        return list(found.values())


def new_id() -> str:
    """Return the id of a message that is about to be written."""
    return secrets.token_urlsafe(16)


def save_draft(session: Session, message_id: str, user_id: int, typed: Typed, *, now: datetime) -> OutgoingMessage:
    """Keep what was typed, as a new draft or over the one that there is; until the end nobody else writes into it.

    An account or a stationery that has been deleted meanwhile is left out. Raises MessageBusy if the message is no
    draft any more: what was sent is not written over.
    """
    chosen = typed.dress.stationery_id if typed.dress.by_hand else None
    # A savepoint, so that SQLite lets nobody else write between these questions and the answer.
    with session.begin_nested():
        # First: they may wait for whoever deletes one of them, who then waits for the messages that name it.
        held = stationery.hold(session, chosen) if chosen is not None else None
        account = accounts.hold(session, typed.account_id) if typed.account_id is not None else None
        message = session.get(OutgoingMessage, message_id) or _new_draft(session, message_id, user_id, now)
        # A write, so that whoever is just now handing it over is waited for and seen.
        mine = message.user_id == user_id
        if not (mine and claims.advance(session, message, message.epoch, [MessageState.DRAFT], changed_at=now)):
            raise MessageBusy(message_id)
        message.account_id = account.id if account is not None else None
        message.stationery_id = held.id if held is not None else None
        message.stationery_choice = _choice(typed.dress)
        _fill(message, typed)
        session.flush()
    return message


def _fill(message: OutgoingMessage, typed: Typed) -> None:
    text = cleaned(typed.text)
    message.to_text, message.cc_text, message.bcc_text = cleaned(typed.to), cleaned(typed.cc), cleaned(typed.bcc)
    message.subject = cleaned(typed.subject)
    message.source_text, message.content_html = text, html_of(text)
    message.in_reply_to = next(iter(message_ids(typed.in_reply_to)), None)
    message.references = " ".join(message_ids(typed.references)) or None


def _choice(dress: Dress) -> StationeryChoice:
    if not dress.by_hand:
        return StationeryChoice.ACCOUNT
    return StationeryChoice.PLAIN if dress.stationery_id is None else StationeryChoice.CHOSEN


def _new_draft(session: Session, message_id: str, user_id: int, now: datetime) -> OutgoingMessage:
    draft = OutgoingMessage(id=message_id, user_id=user_id, created_at=now, changed_at=now, state=MessageState.DRAFT)
    try:
        with session.begin_nested():
            session.add(draft)
            session.flush()
    except IntegrityError:
        # Two requests of one page came together, and the other one was first.
        return session.get_one(OutgoingMessage, message_id)
    return draft


def queue(
    session: Session,
    message: OutgoingMessage,
    account: Account,
    addressed: Addressed,
    domain: str,
    *,
    stationery_id: int | None = None,
    values: Values | None = None,
    now: datetime,
) -> None:
    """Hand a draft over to be sent; from now on it says the same at every try.

    ``domain`` is the account's, as DNS knows it. ``stationery_id`` is what the person saw around the text; without one
    the message is plain. Raises MessageBusy, HeaderNotKept, StationeryGone, AccountGone.
    """
    if stationery_id is not None:
        # First: it may wait for somebody who is deleting it, and then must not hold the message, which they wait for.
        stationery.hold(session, stationery_id)
    if accounts.hold(session, account.id) is None:
        raise AccountGone(account.id)
    queued = {"state": MessageState.QUEUED, "epoch": OutgoingMessage.epoch + 1}
    if not claims.advance(session, message, message.epoch, [MessageState.DRAFT], **queued):
        raise MessageBusy(message.id)
    freeze(session, message, stationery_id, values)
    message.account_id = account.id
    message.subject = single_spaced(message.subject)
    name = single_spaced(account.name)
    message.sender_name = "" if flaw_of(name) else name
    local, _at, _domain = account.email.rpartition("@")
    message.sender_email = f"{local}@{domain}"
    message.message_id = f"<{secrets.token_urlsafe(18)}@{domain}>"
    message.queued_at = message.changed_at = now.replace(microsecond=0)
    message.due_at, message.attempts, message.lease_until = now, 0, None
    message.outcome = message.server_text = None
    message.recipients = [
        OutgoingRecipient(position=number, kind=kind, name=it.name, address=it.address, envelope=it.envelope)
        for number, (kind, it) in enumerate(addressed.distinct())
    ]
    session.flush()
    # Found out now, while the person is there to hear it.
    compose(letter_of(session, message))


def retry(session: Session, message: OutgoingMessage, *, despite_uncertainty: bool, now: datetime) -> None:
    """Try again for everybody who has not got the message; it stays the same message.

    Who may have got it is tried again only ``despite_uncertainty``. Raises MessageBusy.
    """
    if not may_retry(message) or (message.state is MessageState.UNCERTAIN and not despite_uncertainty):
        raise MessageBusy(message.id)
    values = {"epoch": OutgoingMessage.epoch + 1, "due_at": now, "attempts": 0, "lease_until": None}
    before = [message.state]
    if not claims.advance(session, message, message.epoch, before, state=MessageState.QUEUED, **values):
        raise MessageBusy(message.id)
    for row in message.recipients:
        if row.state is RecipientState.REFUSED or (row.state is RecipientState.UNCERTAIN and despite_uncertainty):
            row.state, row.outcome, row.server_text = RecipientState.WAITING, None, None
    message.outcome = message.server_text = None


def take_back(session: Session, message: OutgoingMessage, *, now: datetime) -> None:
    """Make a draft again of a message that nobody has got. Raises MessageBusy."""
    values = {"state": MessageState.DRAFT, "epoch": OutgoingMessage.epoch + 1, "lease_until": None, "due_at": None}
    if not may_edit(message) or not claims.advance(session, message, message.epoch, [message.state], **values):
        raise MessageBusy(message.id)
    message.message_id = message.outcome = message.server_text = None
    message.recipients.clear()
    # From now on a person writes it.
    message.automatic = False
    thaw(message)
    message.changed_at = now


def discard(session: Session, message: OutgoingMessage) -> None:
    """Delete a message and its files here; what was sent stays sent. Raises MessageBusy while it is being sent."""
    gone = delete(OutgoingMessage).where(
        OutgoingMessage.id == message.id,
        OutgoingMessage.epoch == message.epoch,
        OutgoingMessage.state != MessageState.SENDING,
    )
    if session.execute(gone, execution_options={"synchronize_session": False}).rowcount != 1:  # type: ignore[attr-defined]  # SQLAlchemy types the result of any statement alike
        raise MessageBusy(message.id)
    session.expunge(message)


def choose_sent_folder(session: Session, account: Account, folder: str, *, now: datetime) -> None:
    """Remember where copies of sent mail go, and file those that had no place."""
    # A plain UPDATE: it must not make an open form of the account fail.
    session.execute(update(Account).where(Account.id == account.id).values(sent_folder=folder))
    failed = (OutgoingMessage.account_id == account.id, OutgoingMessage.copy_state == CopyState.FAILED)
    again = {"copy_state": CopyState.PENDING, "copy_due_at": now, "copy_attempts": 0, "copy_lease_until": None}
    session.execute(update(OutgoingMessage).where(*failed).values(again))


def file_again(session: Session, message: OutgoingMessage, *, now: datetime) -> None:
    """Try once more to put the copy into the Sent folder, and those that wait along with it."""
    if message.account_id is not None:
        holds.let_go(session, message.account_id)
    if message.copy_state is CopyState.FAILED:
        message.copy_state, message.copy_due_at = CopyState.PENDING, now
        message.copy_attempts, message.copy_lease_until = 0, None

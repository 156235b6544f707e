"""Messages that the installation writes by itself, sent like any other. The caller commits."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import fetching
from app.mail.address import HostInvalid, canonical_host
from app.mail.outcomes import Outcome
from app.models import Account, FetchState, MessageState, OutgoingMessage, User
from app.sending.following import Dress
from app.sending.header_text import flaw_of
from app.sending.headers import HeaderNotKept
from app.sending.operations import AccountGone, Addressed, Typed, new_id, queue, save_draft
from app.sending.recipients import RecipientInvalid, parse

# Why an account cannot be the sender of this message; another one may.
_UNUSABLE = (AccountGone, HeaderNotKept, HostInvalid)
_PLAIN = Dress(by_hand=True)


def able_to_send(session: Session, *, besides: int) -> Sequence[Account]:
    """Return the other active accounts whose last test or last message went well, the latest sender first.

    One whose password its incoming server refuses may have got another one on both of its sides.
    """
    ended = OutgoingMessage.account_id == Account.id, OutgoingMessage.queued_at.is_not(None)
    sent = select(func.max(OutgoingMessage.sent_at)).where(*ended).scalar_subquery()
    # Of the whole message; that a recipient was refused says nothing about the account.
    broken = OutgoingMessage.state == MessageState.FAILED, OutgoingMessage.outcome.is_not(None)
    failed = select(func.max(OutgoingMessage.queued_at)).where(*ended, *broken)
    refused = FetchState.outcome.in_(fetching.PASSWORD_REFUSED)
    held = select(FetchState.account_id).where(FetchState.held_at.is_not(None), refused)
    question = (
        select(Account, sent, failed.scalar_subquery())
        .where(Account.active, Account.id != besides, Account.id.not_in(held))
        .order_by(Account.id)
    )
    # Compared here: what is greater, something or nothing, the two databases answer differently.
    good: list[tuple[datetime, Account]] = []
    for account, sent_at, failed_at in session.execute(question):
        tested_at = account.tested_at if account.smtp_outcome == Outcome.OK else None
        worked_at = max((moment for moment in (sent_at, tested_at) if moment is not None), default=None)
        if worked_at is not None and (failed_at is None or failed_at < worked_at):
            good.append((worked_at, account))
    return [account for _worked_at, account in sorted(good, key=lambda each: each[0], reverse=True)]


def can_be_told(person: User) -> bool:
    """Return whether a message can be written to a person's address, and would go to nobody else."""
    try:
        return len(parse(person.email)) == 1
    except RecipientInvalid:
        return False


def notify(session: Session, senders: Sequence[Account], to: User, subject: str, text: str, *, now: datetime) -> str:
    """Queue a message to ``to`` from the first of ``senders`` that can be used; return its id, empty if none can.

    It belongs to whom it is sent to, like a message that this person has written, and is plain. Raises
    RecipientInvalid unless this person ``can_be_told``.
    """
    recipients = parse(to.email)
    for account in senders:
        typed = Typed(account.id, to=to.email, subject="" if flaw_of(subject) else subject, text=text, dress=_PLAIN)
        try:
            domain = canonical_host(account.email.rpartition("@")[2])
            with session.begin_nested():
                message = save_draft(session, new_id(), to.id, typed, now=now)
                message.automatic = True
                queue(session, message, account, Addressed(to=recipients), domain, now=now)
        except _UNUSABLE:
            continue
        return message.id
    return ""

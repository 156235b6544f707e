"""The copy of a sent message in the account's Sent folder: one, however often it has to be tried.

What goes wrong before the first copy is the account's: all that are due wait together, for a person if only one can
help (``holds.py``).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from sqlalchemy.orm import Session

from app import accounts
from app.clock import Clock
from app.mail.deadline import Deadline
from app.mail.failures import StepFailed
from app.mail.outcomes import Outcome, Retry, retry_of
from app.mail.sent_copy import COPY_SECONDS, Mailbox, sent_folder
from app.mail.settings import ServerSettings
from app.models import Account, CopyState, Hindrance, OutgoingMessage
from app.sending import claims, holds
from app.sending.compose import compose
from app.sending.holds import Login
from app.sending.letters import letter_of
from app.sending.outcomes import COPY_MOST_ATTEMPTS, wait_after
from app.vault import Vault

RUN_TIME = timedelta(minutes=2)


class OpenMailbox(Protocol):
    """What opens a session with the incoming server."""

    def __call__(
        self, settings: ServerSettings, *, fast_mode: bool, deadline: Deadline
    ) -> AbstractContextManager[Mailbox]:
        """Open a session. Raises StepFailed."""


@dataclass(frozen=True, slots=True)
class FilingTools:
    """What filing needs from outside; ``publish`` commits, ``chance`` returns a number from 0 to 1."""

    vault: Vault
    open_mailbox: OpenMailbox
    clock: Clock
    publish: Callable[[], None]
    chance: Callable[[], float]


def run(session: Session, message_id: str, tools: FilingTools) -> None:
    """File the copy of a message, and the other copies that are due for its account, over one connection."""
    with claims.as_taken(session):
        message = claims.claim_copy(session, message_id, now=tools.clock())
        if message is not None:
            tools.publish()
            _run(session, message, tools)


def _run(session: Session, message: OutgoingMessage, tools: FilingTools) -> None:
    account = accounts.find(session, message.account_id) if message.account_id is not None else None
    details = accounts.details_of(account, tools.vault) if account is not None else None
    if account is None or details is None or not account.active or not details.imap.password:
        ended = {"copy_state": CopyState.FAILED, "copy_outcome": _hindrance(account), "copy_lease_until": None}
        _for_all(session, message, tools, lambda each: claims.advance_copy(session, each, each.copy_epoch, **ended))
        return
    login = Login(account.id, account.incoming_version, tools.clock())
    chosen = account.sent_folder
    try:
        with Deadline(RUN_TIME.total_seconds() + COPY_SECONDS) as deadline:
            opening = tools.open_mailbox(details.imap, fast_mode=details.fast_mode, deadline=deadline)
            with opening as mailbox:
                _file_all(session, mailbox, message, chosen, tools, until=tools.clock() + RUN_TIME)
                mailbox.quit()
    except StepFailed as failure:
        if retry_of(failure.outcome) is Retry.USER:
            holds.begin(session, login, failure)
            claims.advance_copy(session, message, message.copy_epoch, copy_lease_until=None)
            tools.publish()
        else:
            _for_all(session, message, tools, partial(_note, session, tools, failure))


def _hindrance(account: Account | None) -> Hindrance:
    if account is None:
        return Hindrance.ACCOUNT_GONE
    return Hindrance.SECRET_UNREADABLE if account.active else Hindrance.ACCOUNT_INACTIVE


def _file_all(
    session: Session,
    mailbox: Mailbox,
    message: OutgoingMessage,
    chosen: str | None,
    tools: FilingTools,
    *,
    until: datetime,
) -> None:
    """File one copy after the other, until one cannot be filed. Raises StepFailed only before the first."""
    folders = mailbox.folders()
    if message.account_id is not None:
        holds.let_go(session, message.account_id)
        tools.publish()
    folder = sent_folder(folders, chosen)
    following: OutgoingMessage | None = message
    while following is not None:
        try:
            if folder is None:
                raise StepFailed(Outcome.FOLDER_MISSING)
            _file(session, mailbox, following, folder)
        except StepFailed as failure:
            names = [each.name for each in folders] if failure.outcome is Outcome.FOLDER_MISSING else None
            _note(session, tools, failure, following, folders=names)
            tools.publish()
            return
        done = {"copy_state": CopyState.DONE, "copy_folder": folder, "copy_outcome": None, "copy_text": None}
        claims.advance_copy(session, following, following.copy_epoch, copy_lease_until=None, copy_folders=None, **done)
        tools.publish()
        now = tools.clock()
        following = claims.claim_next_copy(session, following.account_id, now=now) if now < until else None
        tools.publish()


def _file(session: Session, mailbox: Mailbox, message: OutgoingMessage, folder: str) -> None:
    """Put the copy there, unless it is there: filed by the provider, or by a worker that could not say so any more."""
    assert message.message_id is not None  # noqa: S101 -- tells the type checker what being sent means
    sent_at = message.sent_at or message.queued_at or message.created_at
    if mailbox.holds(folder, message.message_id, since=(message.queued_at or sent_at).date() - timedelta(days=1)):
        return
    rendered = compose(letter_of(session, message))
    mailbox.append(folder, rendered.pieces(), rendered.size, sent_at)


def _for_all(
    session: Session, message: OutgoingMessage, tools: FilingTools, note: Callable[[OutgoingMessage], object]
) -> None:
    """Note about a copy, and about all that are due for its account, what is true of each of them."""
    account_id = message.account_id
    following: OutgoingMessage | None = message
    while following is not None:
        note(following)
        tools.publish()
        following = claims.claim_next_copy(session, account_id, now=tools.clock())
        tools.publish()


def _note(
    session: Session,
    tools: FilingTools,
    failure: StepFailed,
    message: OutgoingMessage,
    *,
    folders: list[str] | None = None,
) -> None:
    """Try again later, or give up where only a person can help: there is no place, or it was tried long enough."""
    ended = failure.outcome is Outcome.FOLDER_MISSING or message.copy_attempts >= COPY_MOST_ATTEMPTS
    wait = wait_after(message.copy_attempts, tools.chance())
    values = {
        "copy_state": CopyState.FAILED if ended else CopyState.PENDING,
        "copy_due_at": None if ended else tools.clock() + wait,
        "copy_outcome": failure.outcome,
        "copy_text": failure.text,
        "copy_folders": folders,
    }
    claims.advance_copy(session, message, message.copy_epoch, copy_lease_until=None, **values)

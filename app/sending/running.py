"""Sending: each message once, or not at all, or marked as uncertain; never twice without a person.

Before any content leaves, ``sending`` is committed. A worker that dies before that leaves the message queued, and the
next one sends it; a worker that dies after that leaves ``sending``, which the sweep turns into ``uncertain``, because
nobody can know how far it came. Whoever comes too late finds another epoch and writes nothing.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from sqlalchemy.orm import Session

from app import accounts
from app.accounts import AccountDetails
from app.clock import Clock
from app.mail.deadline import Deadline
from app.mail.failures import StepFailed
from app.mail.settings import ServerSettings
from app.mail.submission import SEND_SECONDS, Submission
from app.models import Account, Hindrance, OutgoingMessage
from app.sending import claims
from app.sending.ledger import Ledger
from app.sending.settling import copy_for, fail
from app.sending.transfers import Transfer
from app.vault import Vault

# One job sends what is due over one connection, but not for ever: others wait for the worker too.
RUN_TIME = timedelta(minutes=4)


class Connect(Protocol):
    """What opens a session with the outgoing server."""

    def __call__(
        self, settings: ServerSettings, *, fast_mode: bool, deadline: Deadline
    ) -> AbstractContextManager[Submission]:
        """Open a session. Raises StepFailed."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What sending needs from outside; ``publish`` commits, ``chance`` returns a number from 0 to 1."""

    vault: Vault
    connect: Connect
    clock: Clock
    publish: Callable[[], None]
    chance: Callable[[], float]


def run(session: Session, message_id: str, tools: Tools) -> int | None:
    """Send a message that is due, and what else is due for its account, over one connection.

    Returns the id of the account if anything was tried.
    """
    with claims.as_taken(session):
        message = claims.claim(session, message_id, now=tools.clock())
        if message is None:
            return None
        tools.publish()
        account_id = message.account_id
        account = _usable(session, account_id, tools.vault)
        if isinstance(account, Hindrance):
            _for_all(session, message, tools, partial(_fail, session, account, tools))
        else:
            _open_and_send(session, account, message, tools)
        return account_id


def _open_and_send(session: Session, account: Account, message: OutgoingMessage, tools: Tools) -> None:
    ledger = Ledger(session, tools.publish, tools.clock, tools.chance, copy_for(account))
    details, until = accounts.details_of(account, tools.vault), tools.clock() + RUN_TIME
    try:
        with Deadline(SEND_SECONDS) as deadline:
            connected = tools.connect(details.smtp, fast_mode=details.fast_mode, deadline=deadline)
            with connected as line:
                _send_all(line, deadline, message, ledger, tools, until=until, while_it_is=details)
    except StepFailed as failure:
        # Each message with a login of its own would be one wrong password after the other.
        _for_all(session, message, tools, partial(ledger.put_off, failure=failure))
    finally:
        ledger.close()


def _send_all(
    line: Submission,
    deadline: Deadline,
    message: OutgoingMessage,
    ledger: Ledger,
    tools: Tools,
    *,
    until: datetime,
    while_it_is: AccountDetails,
) -> None:
    """Send what is due, until that is nothing, the time is over, or somebody has changed the account."""
    batch = [message]
    while batch:
        transfers = [Transfer(line, deadline, each, ledger) for each in batch]
        for number, transfer in enumerate(transfers):
            following = transfers[number + 1] if number + 1 < len(transfers) else None
            usable = transfer.run(meanwhile=following.prepare if following else _nothing)
            if not usable or tools.clock() > until:
                ledger.release(batch[number + 1 :])
                return
        ledger.close()
        session = ledger.session
        # What is claimed by now goes out as it was meant when it was handed over; nothing more does.
        account = _usable(session, message.account_id, tools.vault)
        if isinstance(account, Hindrance) or accounts.details_of(account, tools.vault) != while_it_is:
            break
        batch = claims.claim_batch(session, account.id, now=tools.clock())
        tools.publish()
    line.quit()


def _nothing() -> None:
    """Do nothing while a server works."""


def _usable(session: Session, account_id: int | None, vault: Vault) -> Account | Hindrance:
    """Return the account as it is now, or why nothing can be sent through it."""
    account = session.get(Account, account_id, populate_existing=True) if account_id is not None else None
    if account is None:
        return Hindrance.ACCOUNT_GONE
    if not account.active:
        return Hindrance.ACCOUNT_INACTIVE
    smtp = accounts.details_of(account, vault).smtp
    return account if smtp.password or not smtp.auth else Hindrance.SECRET_UNREADABLE


def _for_all(session: Session, message: OutgoingMessage, tools: Tools, note: Callable[[OutgoingMessage], None]) -> None:
    """Note about a message, and about all that is due for its account, what is true of each of them."""
    batch = [message]
    while batch:
        for each in batch:
            note(each)
        if message.account_id is None:
            return
        batch = claims.claim_batch(session, message.account_id, now=tools.clock())
        tools.publish()


def _fail(session: Session, hindrance: Hindrance, tools: Tools, message: OutgoingMessage) -> None:
    fail(session, message, message.epoch, hindrance, None, now=tools.clock())
    tools.publish()

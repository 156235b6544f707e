"""Somebody with an account on some servers, who writes and sends; each test on both databases."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import clock, sending
from app.mail.dial import NetworkRules
from app.mail.sent_copy import mailbox
from app.mail.submission import submission
from app.models import Account, OutgoingMessage, User
from app.sending import Addressed, FilingTools, Tools, Typed
from app.vault import Vault, generate_key
from tests.cast import MEMBER
from tests.integration.accounts import local_account


@dataclass
class Writer:
    """A person at work, and the worker behind them; ``now`` moves only when it is told to."""

    session: Session
    vault: Vault
    network: NetworkRules
    user: User
    url: str
    now: datetime = field(default_factory=lambda: clock.now().replace(microsecond=0))

    def account(self, port: int = 1, imap_port: int = 1, security: str = "none", **changes: object) -> Account:
        return local_account(
            self.session,
            self.vault,
            imap_port=imap_port,
            smtp_port=port,
            security=security,
            now=self.now,
            **changes,
        )

    def write(
        self,
        account: Account,
        to: str = "jan@firma.test",
        *,
        cc: str = "",
        bcc: str = "",
        subject: str = "Zażółć gęślą jaźń",
        text: str = "Dzień dobry,\n\ntreść.",
        files: tuple[tuple[str, bytes], ...] = (),
        queue: bool = True,
        **threading: str,
    ) -> OutgoingMessage:
        """Write a message and, unless told, hand it over."""
        typed = Typed(account.id, to, cc, bcc, subject, text, **threading)
        message = sending.save_draft(self.session, sending.new_id(), self.user.id, typed, now=self.now)
        for name, content in files:
            sending.attach(self.session, message, name, BytesIO(content))
        if queue:
            addressed = Addressed(*(sending.parse(line) for line in (to, cc, bcc)))
            sending.queue(self.session, message, account, addressed, "skrzynka.test", now=self.now)
        self.session.commit()
        return message

    @property
    def tools(self) -> Tools:
        connect = partial(submission, rules=self.network)
        return Tools(self.vault, connect, lambda: self.now, self.session.commit, lambda: 0.5)

    @property
    def filing_tools(self) -> FilingTools:
        open_mailbox = partial(mailbox, rules=self.network)
        return FilingTools(self.vault, open_mailbox, lambda: self.now, self.session.commit, lambda: 0.5)

    def send(self, message: OutgoingMessage) -> OutgoingMessage:
        """Do what the job does, and read what came of it."""
        sending.run(self.session, message.id, self.tools)
        self.session.rollback()
        self.session.refresh(message)
        return message

    def file_copy(self, message: OutgoingMessage) -> OutgoingMessage:
        sending.filing.run(self.session, message.id, self.filing_tools)
        self.session.rollback()
        self.session.refresh(message)
        return message

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def sweep(self) -> None:
        sending.give_up_lost(self.session, now=self.now)
        self.session.commit()

    def states(self, message: OutgoingMessage) -> list[str]:
        return [str(row.state) for row in message.recipients]


@pytest.fixture
def writer(engine: Engine, network: NetworkRules, cheap_passwords: None) -> Iterator[Writer]:
    url = engine.url.render_as_string(hide_password=False)
    with Session(engine) as session:
        yield Writer(session, Vault({"k1": generate_key()}), network, MEMBER.join(session), url)

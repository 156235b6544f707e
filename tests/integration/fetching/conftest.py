"""Somebody with accounts whose mail is fetched; each test on both databases."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import clock, fetching, mailbox
from app.config import Config
from app.fetcher import CONNECTIONS, Fetcher
from app.fetching import Claim, Progress, Report, Tools
from app.fetching.lines import open_line
from app.mail.dial import NetworkRules
from app.models import Account, FetchState, Folder, Message, Placement
from app.models.database import pooled_engine_for
from app.vault import Vault, generate_key
from tests.integration.accounts import local_account
from tests.servers.engines import Maker
from tests.servers.fixtures import PASSWORD

T = TypeVar("T")
# Where mail is stored, and how what a server says is cut up on its way, know nothing of each other: not each with each.
EACH_STORE_AND_BYTE_BY_BYTE = pytest.mark.parametrize(
    ("database_url", "bytewise"),
    [("postgresql", False), ("sqlite", True)],
    ids=["postgresql", "sqlite, byte by byte"],
    indirect=["database_url"],
)


@dataclass
class Collector:
    """A worker at its work; ``now`` moves only when it is told to."""

    session: Session
    engine: Engine
    vault: Vault
    network: NetworkRules
    url: str
    now: datetime = field(default_factory=lambda: clock.now().replace(microsecond=0))

    def account(self, port: int, security: str = "none", **changes: object) -> Account:
        password = {"imap_password": PASSWORD} if security == "tls" else {}
        return local_account(
            self.session, self.vault, imap_port=port, security=security, now=self.now, **(password | changes)
        )

    def transact(self, work: Callable[[Session], T]) -> T:
        with Session(self.engine) as session:
            done = work(session)
            session.commit()
            return done

    @property
    def tools(self) -> Tools:
        connect = partial(open_line, rules=self.network)
        return Tools(connect, self.transact, lambda: self.now, lambda: 0.5, Progress())

    def fetch_if_due(self, account: Account) -> Report | None:
        """Do what the schedule does."""
        self.transact(lambda session: fetching.ensure(session, now=self.now))
        claims = self.transact(lambda session: fetching.claim_due(session, now=self.now, most=10))
        reports = {claim.account_id: self.run(claim) for claim in claims}
        return reports.get(account.id)

    def claim(self, account: Account) -> Claim:
        claim = self.transact(lambda session: fetching.claim(session, account.id, now=self.now))
        assert claim is not None
        return claim

    def fetch(self, account: Account) -> Report:
        """Do what a worker does with an account that is due."""
        claim = self.claim(account)
        report = self.run(claim)
        assert report is not None
        return report

    def run(self, claim: Claim, tools: Tools | None = None) -> Report | None:
        works = self.transact(lambda session: fetching.load(session, [claim], self.vault, now=self.now))
        if not works:
            return None
        report = fetching.run(works[0], tools or self.tools)
        if report.unchanged:
            self.transact(lambda session: fetching.finish_unchanged(session, [claim], now=self.now))
        self.session.rollback()
        self.session.expire_all()
        return report

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def state(self, account: Account) -> FetchState:
        self.session.rollback()
        return self.session.get_one(FetchState, account.id, populate_existing=True)

    def ask(self, account: Account) -> str:
        """Let mail have come from another mailbox so far; return the mark of what a person is asked then."""
        state = self.state(account)
        state.mailbox = "imap.elsewhere.test\nsomebody"
        doubt = fetching.doubt_about(self.session, account, state)
        assert doubt is not None
        self.session.commit()
        return doubt.mark

    def folder(self, account: Account, name: str = "INBOX") -> Folder:
        self.session.rollback()
        question = select(Folder).where(Folder.account_id == account.id, Folder.name == name)
        return self.session.scalars(question.execution_options(populate_existing=True)).one()

    def subjects(self, account: Account | None = None, *, gone: bool = True) -> Counter[str]:
        """Return how often each subject has a place."""
        self.session.rollback()
        self.session.expire_all()
        places = select(Message.subject).join(Placement, Placement.digest == Message.digest)
        if account is not None:
            places = places.where(Placement.account_id == account.id)
        if not gone:
            places = places.where(Placement.gone_at.is_(None))
        return Counter(self.session.scalars(places))

    def content(self, account: Account, subject: str) -> bytes:
        (listed,) = [
            each
            for each in mailbox.list_messages(self.session, account_id=account.id, most=1000)
            if each.message.subject == subject
        ]
        return b"".join(mailbox.content_of(self.session, listed.message))


def _fetching_engine(url: str) -> Engine:
    return pooled_engine_for(url, CONNECTIONS)


@pytest.fixture
def make_engine() -> Maker:
    """As the process that fetches has it."""
    return _fetching_engine


@pytest.fixture
def collector(engine: Engine, network: NetworkRules) -> Iterator[Collector]:
    with Session(engine) as session:
        url = engine.url.render_as_string(hide_password=False)
        yield Collector(session, engine, Vault({"k1": generate_key()}), network, url)


@pytest.fixture
def config(collector: Collector, database_url: str, tmp_path: Path) -> Config:
    """What a process that fetches into the collector's database is told."""
    environment = {"SKRZYNKA_DATA": str(tmp_path), "SKRZYNKA_DATABASE_URL": database_url}
    return replace(Config.from_environment(environment), vault=collector.vault, network=collector.network)


@contextmanager
def running(config: Config, *, threads: int = 4) -> Iterator[Fetcher]:
    """Run the process that fetches, in a thread, until the block ends."""
    fetcher = Fetcher(config, threads=threads)
    thread = threading.Thread(target=fetcher.run)
    thread.start()
    try:
        yield fetcher
    finally:
        fetcher.stop()
        thread.join(20)
        assert not thread.is_alive()

"""An account that works, and a queue without workers."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app import accounts
from app.accounts import AccountDetails, Tested
from app.clock import now
from app.config import Config
from app.mail.settings import ConnectionSecurity
from app.models import Account

CANARY = "canary-52be-password"


@pytest.fixture
def config(environment) -> Config:
    return Config.from_environment(environment)


@pytest.fixture
def account(session: Session, app, config: Config) -> Account:
    details = AccountDetails(
        name="Biuro",
        email="biuro@infirma.pl",
        colour="#2f74d0",
        imap_host="infirma.pl",
        imap_port=993,
        imap_security=ConnectionSecurity.TLS,
        imap_username="biuro@infirma.pl",
        imap_password=CANARY,
        smtp_host="infirma.pl",
        smtp_port=465,
        smtp_security=ConnectionSecurity.TLS,
    )
    moment = now() - timedelta(hours=1)
    account = accounts.create(
        session, details, submission=None, tested=Tested(moment, "ok", "ok"), vault=config.vault, now=moment
    )
    session.commit()
    return account


@pytest.fixture(autouse=True)
def enqueued(monkeypatch) -> list[tuple[object, ...]]:
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr("app.extensions.JobQueue.enqueue", lambda _self, _function, *ids: calls.append(ids))
    return calls

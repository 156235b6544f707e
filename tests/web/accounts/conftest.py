"""An account that works, and a queue without workers."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app import accounts
from app.accounts import Tested
from app.clock import now
from app.config import Config
from app.models import Account
from tests import cast

CANARY = "canary-52be-password"


@pytest.fixture
def config(environment) -> Config:
    return Config.from_environment(environment)


@pytest.fixture
def account(session: Session, app, config: Config) -> Account:
    details = cast.details(
        name="Biuro",
        email="biuro@infirma.pl",
        imap_host="infirma.pl",
        imap_username="biuro@infirma.pl",
        imap_password=CANARY,
        smtp_host="infirma.pl",
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

"""A site that embeds the form, links of it, and somebody who came by one; a queue without workers."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.extensions import JobQueue, current_config
from app.models import Account, ConnectionTest, EmbedClient, EmbedLink
from app.vault import Vault
from tests import cast
from tests.web.page import Page, Visitor

CANARY = "kanarek-w-ramce-71c0"
ORIGIN = "https://pomoc.infirma.pl"
BACK = "https://pomoc.infirma.pl/konta?powr%C3%B3t=1"
TYPED = {
    "name": "Biuro",
    "email": "biuro@infirma.pl",
    "imap_host": "imap.infirma.pl",
    "imap_port": "993",
    "imap_username": "biuro@infirma.pl",
    "imap_password": CANARY,
    "smtp_host": "smtp.infirma.pl",
    "smtp_port": "465",
}
# The same as a browser, or anybody else, sends it.
SENT = {name.replace("_", "-"): value for name, value in TYPED.items()} | {
    "imap-security": "tls",
    "smtp-security": "tls",
    "smtp-auth": "y",
    "smtp-same-credentials": "y",
    "active": "y",
}


@dataclass(frozen=True)
class Guest:
    """Somebody without a session in front of the form that one link opens."""

    visitor: Visitor
    session: Session
    vault: Vault
    token: str

    @property
    def url(self) -> str:
        return f"/embed/{self.token}"

    def open(self, path: str = "") -> Page:
        return self.visitor.visit(f"{self.url}{path}")

    def press(self, button: str, **typed: object) -> Page:
        """Open the form, fill it in and press a button."""
        return self.visitor.submit(self.open(), button=button, **(TYPED | typed))

    def send(self, path: str = "", fields: object = None, **headers: str) -> TestResponse:
        """Post to an address below the link, and look no further."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        fields = SENT if fields is None else fields
        return self.visitor.client.post(f"{self.url}{path}", data=fields, headers={"Accept-Language": "en"} | named)

    def get(self, path: str = "", **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.visitor.client.get(f"{self.url}{path}", headers={"Accept-Language": "en"} | named)

    @property
    def link(self) -> EmbedLink:
        self.session.rollback()
        return self.session.get_one(EmbedLink, self.token.partition(".")[0])

    @property
    def tests(self) -> list[ConnectionTest]:
        """The tests of this link, the latest last."""
        own = select(ConnectionTest).where(ConnectionTest.link_id == self.link.id)
        return list(self.session.scalars(own.order_by(ConnectionTest.created_at)))

    def work(self, state: str = "passed") -> ConnectionTest:
        """Run the latest test, with servers that accept or refuse it; return it."""
        test = self.tests[-1]
        cast.work(self.session, self.vault, test, state)
        return test

    @property
    def accounts(self) -> list[Account]:
        self.session.rollback()
        return list(self.session.scalars(select(Account).order_by(Account.id)))


@pytest.fixture(autouse=True)
def enqueued(monkeypatch) -> list[tuple[object, ...]]:
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(JobQueue, "enqueue", lambda _self, _function, *ids: calls.append(ids))
    return calls


@pytest.fixture
def vault(app: Flask) -> Vault:
    with app.app_context():
        return current_config().vault


@pytest.fixture
def site(session: Session) -> EmbedClient:
    """The site that links come from unless a test says otherwise."""
    return cast.embed_client(session)[0]


@pytest.fixture
def come(app: Flask, session: Session, vault: Vault, site: EmbedClient) -> Callable[..., Guest]:
    """Have somebody come by a new link; ``of`` is whose, the rest is what was asked for it."""

    def come(of: EmbedClient | None = None, **asked: str | None) -> Guest:
        token, _link = cast.embed_link(session, vault, of or site, **asked)
        return Guest(Visitor(app.test_client()), session, vault, token)

    return come


@pytest.fixture
def guest(come: Callable[..., Guest]) -> Guest:
    """Somebody who came by a link about which nothing more was said."""
    return come()


def same_link(guest: Guest, app: Flask) -> Guest:
    """Return somebody else who has the link of ``guest``."""
    return replace(guest, visitor=Visitor(app.test_client()))


def directive(response: TestResponse, name: str) -> str:
    """Return one directive of the content security policy."""
    parts = (part.partition(" ") for part in response.headers["Content-Security-Policy"].split("; "))
    policy = {name: value for name, _space, value in parts}
    return policy[name]

"""A person with a form, a queue without workers, and servers that say what the test wants."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import now
from app.extensions import JobQueue
from app.mail.outcomes import Outcome
from app.models import ConnectionTest, TestState
from tests.web.page import Page, Visitor

CANARY = "canary-9f31-passw0rd"
TYPED = {
    "name": "Biuro",
    "email": "biuro@infirma.pl",
    "imap_host": "infirma.pl",
    "imap_port": "993",
    "imap_username": "biuro@infirma.pl",
    "imap_password": CANARY,
    "smtp_host": "infirma.pl",
    "smtp_port": "465",
}


@pytest.fixture
def enqueued(monkeypatch) -> list[tuple[object, ...]]:
    """What the web edge hands to the queue; there is no worker behind it."""
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(JobQueue, "enqueue", lambda _self, _function, *ids: calls.append(ids))
    return calls


@pytest.fixture
def start(client: Visitor, enqueued) -> Callable[..., Page]:
    """Fill in the form of a new account and press a button."""

    def start(*, button: str = "Test connection", **changes: str) -> Page:
        return client.submit(client.visit("/accounts/new"), button=button, **(TYPED | changes))

    return start


def stored(session: Session) -> ConnectionTest:
    """Return the latest test."""
    session.rollback()
    tests = session.scalars(select(ConnectionTest).order_by(ConnectionTest.created_at.desc())).all()
    return tests[0]


def finish(session: Session, *, more: dict[str, dict[str, Any]] | None = None, **outcomes: Outcome) -> ConnectionTest:
    """Let the servers say ``outcomes`` (and ``more`` by side), as the worker writes them."""
    test = stored(session)
    for side in ("imap", "smtp"):
        outcome = outcomes.get(side, Outcome.OK)
        steps = [{"step": "resolve", "ok": outcome is Outcome.OK, "ms": 2.0, "detail": None}]
        result = {
            "outcome": outcome,
            "steps": steps,
            "encrypted": True,
            "server_text": f"<b>{side} says</b>",
            "certificate": None,
            "fixes": [],
            **(more or {}).get(side, {}),
        }
        setattr(test, f"{side}_steps", steps)
        setattr(test, f"{side}_result", result)
    test.state, test.finished_at = TestState.FINISHED, now()
    session.commit()
    return test

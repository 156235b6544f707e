"""A member with accounts, and a queue without workers."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.extensions import JobQueue, current_config
from app.models import Account, OutgoingMessage
from tests import cast


@pytest.fixture
def enqueued(monkeypatch) -> list[tuple[object, ...]]:
    """What the web edge hands to the queue; there is no worker behind it."""
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(JobQueue, "enqueue", lambda _self, function, *ids: calls.append((function.__name__, *ids)))
    return calls


@pytest.fixture
def account(app, session: Session) -> Account:
    with app.app_context():
        return cast.account(session, current_config().vault)


@pytest.fixture
def other_account(app, session: Session) -> Account:
    with app.app_context():
        return cast.account(session, current_config().vault, "in fast mode")


@pytest.fixture
def stored(session: Session):
    """Return the only message, as it is in the database now."""

    def read() -> OutgoingMessage:
        session.rollback()
        return session.scalars(select(OutgoingMessage)).one()

    return read

"""Accounts whose fetching stands as the cast says."""

import pytest
from sqlalchemy.orm import Session

from app.extensions import current_config
from app.models import Account, FetchState
from tests import cast


@pytest.fixture
def have(app, session: Session):
    """Add an account whose fetching stands as the cast says."""

    def add(state: str) -> Account:
        with app.app_context():
            return cast.fetched_account(session, current_config().vault, state)

    return add


@pytest.fixture
def state_of(session: Session):
    """Return how the fetching of an account stands in the database now."""

    def read(account: Account) -> FetchState:
        session.rollback()
        return session.get_one(FetchState, account.id, populate_existing=True)

    return read

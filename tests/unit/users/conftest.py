import pytest
from sqlalchemy.orm import Session


@pytest.fixture
def session(session: Session, cheap_passwords: None) -> Session:
    """An empty database; whoever works on it hashes at next to no cost."""
    return session

import pytest
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from app.users import passwords


@pytest.fixture
def cheap(monkeypatch) -> None:
    """Hashing at next to no cost."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def session(session: Session, cheap: None) -> Session:
    """An empty database; whoever works on it hashes at next to no cost."""
    return session

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.models import Base
from app.models.database import prepare
from app.users import passwords

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def cheap(monkeypatch) -> None:
    """Hashing at next to no cost."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def session(tmp_path: Path, cheap: None) -> Iterator[Session]:
    engine = create_engine(f"sqlite:///{tmp_path}/users.db")
    prepare(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture
def noon() -> datetime:
    return NOON

"""What the tests of more than one part of the core need: an empty database, and a time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.servers.engines import engine_on


@pytest.fixture
def session(database_file: Path) -> Iterator[Session]:
    with engine_on(f"sqlite:///{database_file}") as engine, Session(engine) as session:
        yield session


@pytest.fixture
def noon() -> datetime:
    return datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

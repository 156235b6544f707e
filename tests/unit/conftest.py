"""What the tests of more than one part of the core need: an empty database, and a time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.models.database import prepare
from tests.servers.tables import lay_out_file


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    engine = create_engine(f"sqlite:///{lay_out_file(tmp_path / 'core.db')}")
    prepare(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture
def noon() -> datetime:
    return datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

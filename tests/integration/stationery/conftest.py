"""A database of each kind with tables, and a session on it."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from app.config import Config
from app.models.database import engine_for


@pytest.fixture
def session(database_url, tmp_path) -> Iterator[Session]:
    """A session on an empty database."""
    environment = {"SKRZYNKA_DATA": str(tmp_path), "SKRZYNKA_DATABASE_URL": database_url}
    engine = engine_for(Config.from_environment(environment).database_url)
    with Session(engine) as session:
        yield session

"""A database of each kind with tables, and a session on it."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from app.config import Config
from app.models import Base
from app.models.database import engine_for
from tests.servers.store_fixtures import database_url, postgres

__all__ = ["database_url", "postgres"]


@pytest.fixture
def session(database_url, tmp_path) -> Iterator[Session]:
    """A session on an empty database."""
    environment = {"SKRZYNKA_DATA": str(tmp_path), "SKRZYNKA_DATABASE_URL": database_url}
    engine = engine_for(Config.from_environment(environment).database_url)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from app.config import Config
from app.models.database import engine_for


@pytest.fixture
def engine(database_url, tmp_path) -> Iterator[Engine]:
    """An empty database of each kind, as several processes share one."""
    environment = {"SKRZYNKA_DATA": str(tmp_path), "SKRZYNKA_DATABASE_URL": database_url}
    engine = engine_for(Config.from_environment(environment).database_url)
    yield engine
    engine.dispose()

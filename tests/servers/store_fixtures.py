"""Where things are stored: a database of each kind, and Redis."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.servers.engines import Maker, app_engine, engine_on
from tests.servers.postgres import PostgresServer, postgres_server
from tests.servers.redis import RedisServer, redis_server
from tests.servers.tables import lay_out_file


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """A Redis for one test."""
    with redis_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL for all tests of this process."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def file_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The place of one SQLite database after the other."""
    return tmp_path_factory.mktemp("files") / "test.db"


@pytest.fixture
def database_file(file_place: Path) -> Iterator[Path]:
    """A SQLite database with all tables and nothing in them."""
    yield lay_out_file(file_place)
    for each in file_place.parent.iterdir():
        each.unlink()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database with all tables and nothing in them; the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('database_file')}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.empty_database()


@pytest.fixture
def make_engine() -> Maker:
    """How the engine is made; tests of a process with an engine of its own override this."""
    return app_engine


@pytest.fixture
def engine(database_url: str, make_engine: Maker) -> Iterator[Engine]:
    """The engine of this process for that database."""
    with engine_on(database_url.replace("postgresql://", "postgresql+psycopg://"), make_engine) as engine:
        yield engine


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables; the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()

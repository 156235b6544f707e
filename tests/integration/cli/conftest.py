"""The ``skrzynka`` command as an operator runs it: a process, an environment, and what it prints."""

import base64
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.config import Config
from app.models.database import engine_for
from app.vault import generate_key
from tests.servers import commands

# Where the database makes no difference.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OLD, NEW = generate_key(), generate_key()


def keys(**named: bytes) -> str:
    """Return what stands in SKRZYNKA_KEYS; the first seals."""
    return ",".join(f"{name}={base64.b64encode(key).decode()}" for name, key in named.items())


def run(
    environment: Mapping[str, str], *arguments: str, given: str | bytes = "", **more: str
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end with ``given`` on standard input."""
    return commands.run({**environment, **more}, *arguments, given=given)


def one_line(done: subprocess.CompletedProcess[str], code: int = 1) -> str:
    """Return the only line on standard error of a command that could not do its work."""
    assert done.returncode == code, done.stderr
    (line,) = done.stderr.splitlines()
    return line


def environment_of(folder: Path, database_url: str) -> dict[str, str]:
    """Return what an operator says of a database, and a key."""
    return {
        "SKRZYNKA_DATA": str(folder / "data"),
        "SKRZYNKA_DATABASE_URL": database_url,
        "SKRZYNKA_KEYS": keys(k1=OLD),
    }


@pytest.fixture
def environment(tmp_path: Path, bare_database_url: str) -> dict[str, str]:
    """A database of each kind without tables, and a key."""
    return environment_of(tmp_path, bare_database_url)


@pytest.fixture
def migrated(tmp_path: Path, database_url: str) -> dict[str, str]:
    """A database of each kind with its tables, a data folder, and a key."""
    environment = environment_of(tmp_path, database_url)
    # Whoever made the tables has made the folder on the way.
    Config.from_environment(environment)
    return environment


@pytest.fixture
def session(migrated: dict[str, str]):
    """A session on the database that the command works on."""
    with Session(engine_for(Config.from_environment(migrated).database_url)) as session:
        yield session

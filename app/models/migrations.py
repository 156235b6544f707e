"""Brings a database's tables up to date, in this process, with the scripts of ``migrations/``."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from app.models.database import engine_for

SCRIPTS = Path(__file__).resolve().parents[2] / "migrations"
# Any number will do, as long as every process takes the same one.
_POSTGRESQL_LOCK = 7_236_941


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring the database to ``revision``. Of two processes that start together the second waits, and finds it done."""
    _run(database_url, command.upgrade, revision)


def downgrade(database_url: str, revision: str) -> None:
    """Take the database back to ``revision`` (``base``: no tables at all)."""
    _run(database_url, command.downgrade, revision)


def is_current(engine: Engine) -> bool:
    """Say whether the database has every migration there is."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head()


def head() -> str | None:
    """Return the newest revision."""
    return ScriptDirectory(str(SCRIPTS)).get_current_head()


def _run(database_url: str, alembic_command: Callable[[Config, str], None], revision: str) -> None:
    engine = engine_for(database_url)
    with engine.connect() as connection:
        _lock(connection)
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
        config.attributes["connection"] = connection
        alembic_command(config, revision)
        connection.commit()


def _lock(connection: Connection) -> None:
    """Begin a transaction on ``connection`` that keeps other migrating processes out until it ends."""
    if connection.dialect.name == "sqlite":
        # Rebuilding a table would trip over the keys that point at it; the switch has no effect inside a transaction.
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _POSTGRESQL_LOCK})

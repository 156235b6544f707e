"""How an engine is made fit for use, whoever made it."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from app.models.one_writer import let_writers_queue

# Connections are held for milliseconds, but many may wait for one.
_POOL_SECONDS = 120


def prepare(engine: Engine) -> None:
    """Make every SQLite connection of ``engine`` durable, concurrent and strict; other databases are left alone.

    WAL lets the web process read while the worker writes; a writer waits up to 10 seconds for another one. FULL: what
    was committed survives a power cut, or a message that had left before it would be sent once more after it.

    The sqlite3 module begins a transaction at the first write, not at the first read. That is what lets two writers
    wait for each other: a transaction that begins with a read and writes later fails at once ("database is locked")
    when another process has written in between, whatever the timeout.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "savepoint", _begin_before_savepoint)


class DatabaseUrlInvalid(Exception):
    """The text is no URL of a database that can be used here. The URL may hold a password, and stays out of it."""


def check_url(url: str) -> None:
    """Raise DatabaseUrlInvalid unless ``url`` names a kind of database whose driver is installed."""
    try:
        make_url(url).get_dialect().import_dbapi()
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise DatabaseUrlInvalid("SKRZYNKA_DATABASE_URL is not a database URL.") from error


def app_engine_options(url: str) -> dict[str, Any]:
    """Return what an app makes its engine of, to be prepared then: connections for all threads that answer or work."""
    # hide_parameters: an error's text goes into logs, the values of a row must not.
    return {"url": url, "hide_parameters": True, "pool_pre_ping": True}


def engine_for(url: str) -> Engine:
    """Return an engine of its own for commands and migrations: one connection at a time, closed after use.

    Raises DatabaseUrlInvalid.
    """
    check_url(url)
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    prepare(engine)
    return engine


def pooled_engine_for(url: str, size: int) -> Engine:
    """Return an engine that keeps ``size`` connections, and lets the threads of its process wait for them.

    What it commits is on the disk, also with SQLite: a message that was marked as read on its server must be here.
    Raises DatabaseUrlInvalid.
    """
    check_url(url)
    options = {"pool_size": size, "max_overflow": 4, "pool_timeout": _POOL_SECONDS, "pool_pre_ping": True}
    engine = create_engine(url, hide_parameters=True, **options)
    prepare(engine)
    if engine.dialect.name == "sqlite":
        let_writers_queue(engine)
    return engine


def is_made(engine: Engine) -> bool:
    """Say whether there is a database to ask: where there is none, SQLite makes a file for whoever only looks."""
    path = engine.url.database
    return engine.dialect.name != "sqlite" or not path or path.startswith((":", "file:")) or Path(path).exists()


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 10000")
    # Heard only before there is anything in the file. Messages fill many pages: larger ones take half the time.
    cursor.execute("PRAGMA page_size = 16384")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_before_savepoint(connection: Connection, _name: str | None) -> None:
    # A savepoint outside a transaction is one itself: releasing it would commit, past any later rollback.
    raw: Any = connection.connection.dbapi_connection
    if not raw.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

"""Databases with all tables and nothing in them.

The migrations make them, as everywhere. That takes longer than most tests do: it is done once for each process, and the
rest are copies of a file, or a database that was emptied.
"""

import tempfile
from functools import cache
from pathlib import Path

import psycopg

from app.models import Base, migrations


def lay_out_file(path: Path) -> Path:
    """Put a SQLite database at ``path``, where there may be none, and return it."""
    assert not path.exists(), f"{path} is somebody's already"
    path.write_bytes(_file())
    return path


@cache
def _file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables.db"
        migrations.upgrade(f"sqlite:///{path}")
        return path.read_bytes()


def empty(connection: psycopg.Connection) -> None:
    """Remove every row of a PostgreSQL database, and let all its numbers begin at 1 again; the caller commits.

    TRUNCATE does the same to the files of the tables: with so many, and so few rows, that takes fifty times as long. It
    is left to the tables that have grown: their dead rows would still weigh in the next test's plans.
    """
    sequences = "SELECT setval(format('%I.%I', schemaname, sequencename), 1, false) FROM pg_sequences"
    rows = [f"DELETE FROM {name}" for name in Base.metadata.tables]
    # As a replica the server follows no foreign keys: the rows that they speak of go as well.
    statements = ["SET LOCAL session_replication_role = replica", *rows, sequences]
    connection.execute("; ".join(statements))
    grown = f"SELECT format('%I', relname) FROM pg_stat_user_tables WHERE pg_relation_size(relid) > {_GROWN}"
    if names := [name for (name,) in connection.execute(grown)]:
        connection.execute(f"TRUNCATE {', '.join(names)} CASCADE")


_GROWN = 64 * 1024  # bytes: as few pages as the planner believes a new table to have

"""A real PostgreSQL on a free loopback port. It refuses to run as root, so root lends it another user."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from uuid import uuid4

import psycopg

from app.models import migrations
from tests.servers.ports import free_ports
from tests.servers.tables import empty
from tests.servers.waiting import wait_until

# Debian keeps the programs of each version apart and out of the PATH.
BINARIES = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"))
USER = "postgres"


class PostgresServer:
    """A running server; each test takes a database of its own."""

    def __init__(self, port: int) -> None:
        self._port = port

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"postgresql://{USER}@127.0.0.1:{self._port}/{database}"

    def new_database(self) -> str:
        """Make a database without tables and return its SQLAlchemy URL."""
        name = f"test_{uuid4().hex}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            # Through the log, as is the custom, it would take twice as long.
            connection.execute(f"CREATE DATABASE {name} STRATEGY file_copy")
        return self.url(name)

    def database_with_tables(self) -> str:
        """Make a database with all tables and nothing in them, and return its SQLAlchemy URL."""
        url = self.new_database()
        migrations.upgrade(url.replace("postgresql://", "postgresql+psycopg://"))
        return url

    def empty_database(self) -> str:
        """Return the SQLAlchemy URL of a database with all tables and nothing in them.

        It is the same one each time: to make another one takes longer than most tests do. Who is still connected to it,
        as a process that was killed may be, is thrown out.
        """
        others = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s AND pid <> %s"
        with psycopg.connect(self._reused) as connection:
            connection.execute(others, (connection.info.dbname, connection.info.backend_pid))
            empty(connection)
        return self._reused

    @cached_property
    def _reused(self) -> str:
        return self.database_with_tables()

    def answers(self) -> bool:
        """Return whether it accepts connections."""
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Run PostgreSQL until the block ends; unless it is to be ``durable`` it leaves the disk its time."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder = Path(name)
        if os.getuid() == 0:
            shutil.chown(folder, USER)
        data = folder / "data"
        _run([BINARIES / "initdb", "--no-sync", "--auth=trust", f"--username={USER}", "--encoding=UTF8", "-D", data])
        (port,) = free_ports(1)
        server = PostgresServer(port)
        command = [BINARIES / "postgres", "-D", data, "-p", port, "-h", "127.0.0.1", "-k", folder]
        command += [] if durable else ["-F"]
        process = subprocess.Popen([str(part) for part in command], **_as_user(), **_SILENT)
        try:
            wait_until(lambda: process.poll() is not None or server.answers(), "PostgreSQL's start", seconds=30)
            yield server
        finally:
            # SIGINT: end now, without waiting for those who are connected.
            process.send_signal(2)
            process.wait(timeout=20)


_SILENT: dict[str, int] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def _run(command: list[object]) -> None:
    subprocess.run([str(part) for part in command], check=True, **_as_user(), **_SILENT)


def _as_user() -> dict[str, object]:
    return {"user": USER, "group": USER, "extra_groups": [], "cwd": "/"} if os.getuid() == 0 else {}

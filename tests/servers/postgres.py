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
        return self._copy_of("template1")

    def database_with_tables(self) -> str:
        """Make a database with all tables and nothing in them, and return its SQLAlchemy URL."""
        return self._copy_of(self._tables)

    @cached_property
    def _tables(self) -> str:
        url = self.new_database()
        migrations.upgrade(url.replace("postgresql://", "postgresql+psycopg://"))
        return url.rpartition("/")[2]

    def _copy_of(self, template: str) -> str:
        name = f"test_{uuid4().hex}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            # Through the log, as is the custom, it would take twice as long.
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return self.url(name)

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
            # A quarter of a million files: Python takes half a minute to delete them one by one.
            subprocess.run(["rm", "-rf", data], check=True)


_SILENT: dict[str, int] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def _run(command: list[object]) -> None:
    subprocess.run([str(part) for part in command], check=True, **_as_user(), **_SILENT)


def _as_user() -> dict[str, object]:
    return {"user": USER, "group": USER, "extra_groups": [], "cwd": "/"} if os.getuid() == 0 else {}

"""Waiting for a condition, never for a time."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, text


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 10.0) -> None:
    """Return as soon as ``condition`` holds; AssertionError after ``seconds``."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.01)


def somebody_waits(engine: Engine) -> bool:
    """Return whether anybody in a database of PostgreSQL waits for somebody else there."""
    blocked = "datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
    with engine.connect() as connection:
        return bool(connection.scalar(text(f"SELECT count(*) FROM pg_stat_activity WHERE {blocked}")))


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether somebody accepts connections at ``port``."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def lives(pid: int) -> bool:
    """Return whether a process does anything yet; one that has ended and that nobody has asked about does not."""
    try:
        after_the_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return after_the_name.split()[0] not in ("Z", "X")

"""Waiting for a condition, never for a time."""

import socket
import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 10.0) -> None:
    """Return as soon as ``condition`` holds; AssertionError after ``seconds``."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.01)


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether somebody accepts connections at ``port``."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True

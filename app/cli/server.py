"""The processes of ``skrzynka run``: queue, workers and web server, started in order and kept."""

import fcntl
import http.client
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType

import click

from app.cli import embedded_queue
from app.cli.embedded_queue import EmbeddedQueue
from app.cli.problems import Problem
from app.config import Config, reachable
from app.supervisor.keeper import Child, Keeper
from app.supervisor.processes import execute, fork

_ROOT = Path(__file__).resolve().parents[2]
# How long each of them may take to end, and to start.
_GRACE = timedelta(seconds=5)
_START_SECONDS = 60.0
_LONGEST_LOG = 10 * 1024 * 1024


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Keep a second supervisor out of the data folder. Raises Problem."""
    with (data / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(f"Skrzynka is already running with the data folder {data} (SKRZYNKA_DATA).") from None
        yield


class Server:
    """The children of one supervisor. Used in a ``with`` block, whose end ends them all."""

    def __init__(self, config: Config, settings: Mapping[str, str] | None = None) -> None:
        """Remember what to serve. ``settings`` are ``SKRZYNKA_*`` for the children beside those of the environment."""
        self._address = (reachable(config.host), config.port)
        self._logs = config.data / "log"
        self._logs.mkdir(mode=0o700, exist_ok=True)
        self._queue = None if config.redis_url else embedded_queue.prepare(config.data)
        self._environment = {
            **os.environ,
            **(settings or {}),
            "SKRZYNKA_DATA": str(config.data),
            "SKRZYNKA_REDIS_URL": config.queue_url,
        }
        self._keeper = Keeper(grace=_GRACE, on_death=self._tell)

    def __enter__(self) -> "Server":
        self._keeper.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._keeper.__exit__(kind, error, traceback)

    def start(self, listener: int) -> bool:
        """Start everything; ``listener`` is the listening socket's number. True once the web server answers.

        False if a signal said stop meanwhile. Raises Problem.
        """
        if self._queue is not None:
            self._start_queue(self._queue)
        self._add("worker", [sys.executable, "-m", "app.worker"])
        web = [sys.executable, "-m", "gunicorn", "--config", "python:app.cli.web_server", "--pythonpath", str(_ROOT)]
        child = self._add("web", [*web, "--bind", f"fd://{listener}", "wsgi:app"], keep=[listener])
        return self._keeper.stopping or self._ready(child, self._answers)

    def companion(self, name: str, command: Sequence[str], ready: Callable[[], bool]) -> None:
        """Keep one more process. Raises Problem if it does not start."""
        self._ready(self._add(name, command), ready)

    def keep(self) -> None:
        """Stay until SIGTERM, SIGINT or SIGHUP."""
        self._keeper.run()

    def _start_queue(self, queue: EmbeddedQueue) -> None:
        child = self._add("queue", queue.command(), outlives_the_others=True)
        if self._keeper.wait_for(queue.is_ready, child, seconds=_START_SECONDS) or self._keeper.stopping:
            return
        # Another version of the server may have written what this one cannot read.
        aside = queue.set_aside() if child.pid is None else None
        if aside is None:
            raise self._did_not_start(child)
        click.echo(f"The queue's file could not be read; it was moved to {aside}.", err=True)
        child.begin()
        self._ready(child, queue.is_ready)

    def _add(
        self, name: str, command: Sequence[str], *, keep: Sequence[int] = (), outlives_the_others: bool = False
    ) -> Child:
        log = self._log(name)
        if log.exists() and log.stat().st_size > _LONGEST_LOG:
            log.replace(log.with_suffix(".log.1"))

        def start() -> int:
            return fork(lambda: execute(command, environment=self._environment, log=log, keep=keep))

        child = Child(name, start, outlives_the_others=outlives_the_others)
        self._keeper.add(child)
        return child

    def _ready(self, child: Child, condition: Callable[[], bool]) -> bool:
        if self._keeper.wait_for(condition, child, seconds=_START_SECONDS):
            return True
        if self._keeper.stopping:
            return False
        raise self._did_not_start(child)

    def _did_not_start(self, child: Child) -> Problem:
        lines = self._log(child.name).read_text(errors="replace").strip().splitlines()
        return Problem(f"The {child.name} process did not start: {lines[-1] if lines else 'it said nothing'}")

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _tell(self, child: Child, code: int) -> None:
        click.echo(f"The {child.name} process ended (code {code}); see {self._log(child.name)}.", err=True)

    def _answers(self) -> bool:
        """Say whether the web server answers anything at all."""
        connection = http.client.HTTPConnection(*self._address, timeout=0.5)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True

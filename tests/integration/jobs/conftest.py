"""An app on a database and a Redis of its own, and workers: one in this process, or real ones."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import make_url

from app import clock, connection_tests
from app.config import Config
from app.connection_tests import Draft, Owner
from app.extensions import current_config, db
from app.factory import create_app
from app.models import ConnectionTest
from app.worker import SkrzynkaWorker
from tests import cast
from tests.servers.redis import RedisServer
from tests.servers.tables import lay_out_file
from tests.servers.waiting import wait_until


@pytest.fixture
def environment(tmp_path: Path, redis: RedisServer) -> dict[str, str]:
    return {"SKRZYNKA_DATA": str(tmp_path / "data"), "SKRZYNKA_REDIS_URL": redis.url}


@pytest.fixture
def app(environment: dict[str, str]) -> Iterator[Flask]:
    config = Config.from_environment(environment)
    lay_out_file(Path(str(make_url(config.database_url).database)))
    app = create_app(config)
    with app.app_context():
        yield app


@pytest.fixture
def work(app: Flask, redis: RedisServer) -> Iterator[Callable[[], None]]:
    """Run everything that waits in the queue, in this process."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
    yield lambda: SkrzynkaWorker(app, Redis.from_url(redis.url)).work(burst=True, logging_level="WARNING") and None
    for number, handler in handlers.items():
        signal.signal(number, handler)


def started_by(owner: Owner, **changes: object) -> ConnectionTest:
    """Return a test of two servers that may not be dialled, so that nothing has to answer."""
    details = cast.details(imap_host="127.0.0.1", smtp_host="10.0.0.1", **changes)
    draft = Draft(details=details, submission="audit-form-0001", owner=owner)
    started = connection_tests.start(db.session, draft, saves=False, vault=current_config().vault, now=clock.now())
    db.session.commit()
    return started.test


class WorkersEnded(Exception):
    """The process ended before its workers were there."""


class Workers:
    """A running ``skrzynka worker``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    @property
    def children(self) -> list[int]:
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]


@pytest.fixture
def start_workers(app: Flask, environment: dict[str, str], redis: RedisServer, tmp_path: Path):
    """Start ``skrzynka worker`` with so many processes, the first for urgent jobs only; ends with the block."""

    @contextmanager
    def start(processes: int = 2) -> Iterator[Workers]:
        command = [sys.executable, "-m", "app.worker", "--processes", str(processes), "--without-fetching"]
        with (tmp_path / "worker.log").open("w") as log:
            process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log, text=True)
        try:
            wait_until(
                lambda: process.poll() is not None or redis.client.scard("rq:workers") == processes,
                "the workers' start",
                seconds=20,
            )
            if process.poll() is not None:
                raise WorkersEnded
            yield Workers(process)
        finally:
            process.terminate()
            process.wait(timeout=20)

    return start

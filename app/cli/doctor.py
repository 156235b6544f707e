"""``skrzynka doctor``: one line for each thing that must be right."""

import stat
from collections.abc import Callable
from dataclasses import dataclass

import click
import redis
from redis import Redis
from rq import Queue, Worker
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.cli.database import installed, one_line_errors
from app.cli.problems import Problem
from app.config import Config, data_folder_path
from app.extensions import JobQueue
from app.models import migrations
from app.models.database import engine_for, is_made
from app.models.installation import try_keys


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at. ``look`` returns what was found, or raises Problem."""

    name: str
    look: Callable[[Config], str]


@click.command
def doctor() -> None:
    """Look at everything that must be right, one line each. Exit code 1 if something is not."""
    # Making the folder and its key is for `skrzynka run`; whoever asks a doctor may stand in the wrong place.
    if not data_folder_path().is_dir():
        raise Problem(f"there is no data folder {data_folder_path()} (SKRZYNKA_DATA); `skrzynka run` makes it")
    config = installed()
    bad = 0
    for check in CHECKS:
        try:
            found = check.look(config)
        except Problem as problem:
            bad += 1
            click.echo(f"BAD  {check.name}: {problem.message}")
        else:
            click.echo(f"ok   {check.name}: {found}")
    if bad:
        raise SystemExit(1)


def _database(config: Config) -> str:
    with one_line_errors(), _engine(config).connect() as connection:
        connection.execute(text("SELECT 1"))
        return connection.dialect.name


def _migrations(config: Config) -> str:
    with one_line_errors():
        if not migrations.is_current(_engine(config)):
            raise Problem("the tables are not up to date; run `skrzynka migrate`")
    return f"at revision {migrations.head()}"


def _keys(config: Config) -> str:
    with one_line_errors(), Session(engine_for(config.database_url)) as session:
        sealed = try_keys(session, config.vault)
    used = "" if sealed else "; nothing is sealed yet"
    return f"{config.vault.current} seals, {len(config.vault.keys)} in all{used}"


def _engine(config: Config) -> Engine:
    engine = engine_for(config.database_url)
    if not is_made(engine):
        raise Problem("there is none yet; run `skrzynka migrate`")
    return engine


def _queue(config: Config) -> str:
    try:
        urgent, others = (Queue(name, connection=_server(config)).count for name in JobQueue.names)
    except redis.RedisError as error:
        raise Problem("the queue server does not answer; is `skrzynka run` running?") from error
    kind = "Redis" if config.redis_url else "embedded"
    return f"{kind}, {urgent + others} jobs waiting, {urgent} of them for somebody at a form"


def _worker(config: Config) -> str:
    try:
        queues = [Queue(name, connection=_server(config)) for name in JobQueue.names]
        urgent, others = (set(Worker.all_keys(queue=queue)) for queue in queues)
    except redis.RedisError as error:
        raise Problem("unknown without the queue server") from error
    for workers, what in ((urgent, "what somebody waits for at a form"), (others, "sending and all else")):
        if not workers:
            raise Problem(f"none is running for {what}; start one with `skrzynka worker`")
    return f"{len(urgent | others)} running, {len(urgent - others)} of them only for what somebody waits for at a form"


def _data_folder(config: Config) -> str:
    for path in (config.data, config.data / "keys"):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise Problem(f"others may read {path}; run: chmod go= {path}")
    return f"{config.data}, open to its owner only"


def _server(config: Config) -> Redis:
    return Redis.from_url(config.queue_url, socket_timeout=2, socket_connect_timeout=2)


CHECKS = (
    Check("database", _database),
    Check("migrations", _migrations),
    Check("vault key", _keys),
    Check("queue", _queue),
    Check("worker", _worker),
    Check("data folder", _data_folder),
)

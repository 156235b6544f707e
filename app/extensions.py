"""The unbound extensions that the edges use, the job queue among them; the factory binds them to an app."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, ParamSpec, cast

from flask import Flask, current_app, request
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_sqlalchemy_lite import SQLAlchemy
from flask_wtf import CSRFProtect
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from app.config import Config

P = ParamSpec("P")

_CONFIG = "skrzynka.config"
_JOB_TIMEOUT = "_skrzynka_job_timeout"
_URGENT = "_skrzynka_urgent"
_QUEUE = "skrzynka.queue"
# Where the WSGI environment has the token of the link by which somebody came to an embedded form.
EMBED_TOKEN = "skrzynka.embed_token"  # noqa: S105  (the name of a place, not a token)


class QueueUnavailable(Exception):
    """The job queue cannot be reached."""


@contextmanager
def _said_when_away() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise QueueUnavailable("The job queue cannot be reached.") from error


def _name_of(function: Callable[..., None]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def lasting(most: timedelta) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Give a job more time than others have."""

    def mark(function: Callable[P, None]) -> Callable[P, None]:
        setattr(function, _JOB_TIMEOUT, most)
        return function

    return mark


def urgent(function: Callable[P, None]) -> Callable[P, None]:
    """Have a job run before all others, and by workers that do nothing else: a person waits at a form for it."""
    setattr(function, _URGENT, True)
    return function


class JobQueue:
    """The queues of jobs. A job is a function of ``app.jobs`` and the ids it needs, never a secret."""

    urgent_name = "skrzynka-urgent"
    other_name = "skrzynka"
    # In the order in which a worker that runs any job looks into them.
    names = (urgent_name, other_name)
    job_timeout = timedelta(seconds=60)
    # Nobody reads results; a failure stays long enough to be looked at.
    failure_ttl = timedelta(hours=1)

    def init_app(self, app: Flask, url: str) -> None:
        """Bind the queue server at ``url`` to ``app``. Connects at the first use."""
        app.extensions[_QUEUE] = Redis.from_url(
            url,
            socket_timeout=2,
            socket_connect_timeout=2,
            # A connection that idled through a restart of the server is made anew, once; silence is not asked twice.
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )

    def enqueue(self, function: Callable[..., None], *ids: str | int) -> None:
        """Have a worker call ``function`` with ``ids``. Raises QueueUnavailable, after 2 seconds at most."""
        with _said_when_away():
            self._queue_of(function).enqueue(_name_of(function), args=ids, **self._options_of(function))

    def enqueue_in(self, delay: timedelta, function: Callable[..., None], *ids: str | int) -> None:
        """Have a worker call ``function`` with ``ids`` after ``delay``, in whole seconds. Raises QueueUnavailable."""
        with _said_when_away():
            self._queue_of(function).enqueue_in(delay, _name_of(function), args=ids, **self._options_of(function))

    def enqueue_missing(self, function: Callable[..., None], calls: Iterable[tuple[str | int, ...]]) -> None:
        """Have a worker call ``function`` with the ids of each of ``calls``, but for those that wait already.

        RQ's unique jobs would not do: one that has failed, or whose worker was killed, keeps its place for an hour.
        Raises QueueUnavailable.
        """
        with _said_when_away():
            queue = self._queue_of(function)
            waiting = Job.fetch_many(queue.job_ids, connection=self._server, serializer=JSONSerializer)
            known = {(job.func_name, tuple(job.args)) for job in waiting if job is not None}
        for ids in calls:
            if (_name_of(function), ids) not in known:
                self.enqueue(function, *ids)

    def claim(self, function: Callable[..., None], period: timedelta) -> bool:
        """Take the turn of ``function``; False while somebody else's, on any host, is younger than ``period``.

        Raises QueueUnavailable.
        """
        with _said_when_away():
            return bool(self._server.set(f"skrzynka:turn:{_name_of(function)}", 1, nx=True, px=period))

    def answers(self) -> bool:
        """Say whether the queue server can be reached, within 2 seconds."""
        try:
            return bool(self._server.ping())
        except (RedisError, OSError):
            return False

    def _queue_of(self, function: Callable[..., None]) -> Queue:
        name = self.urgent_name if hasattr(function, _URGENT) else self.other_name
        return Queue(name, connection=self._server, serializer=JSONSerializer)

    def _options_of(self, function: Callable[..., None]) -> dict[str, Any]:
        return {
            "job_timeout": int(getattr(function, _JOB_TIMEOUT, self.job_timeout).total_seconds()),
            "result_ttl": 0,
            "failure_ttl": int(self.failure_ttl.total_seconds()),
            # RQ's own description would show the arguments.
            "description": _name_of(function),
        }

    @property
    def _server(self) -> Redis:
        return cast(Redis, current_app.extensions[_QUEUE])


class Csrf(CSRFProtect):  # type: ignore[misc]  # flask_wtf ships no types
    """Asks every form for its token, except where an address with a token of its own says who is asking.

    There no cookie speaks for anybody, so there is nothing that a forged form could use.
    """

    def protect(self, **options: bool) -> None:
        """Refuse a forged form. Raises CSRFError."""
        if EMBED_TOKEN not in request.environ:
            super().protect(**options)


db = SQLAlchemy()
csrf = Csrf()
babel = Babel()
login = LoginManager()
limiter = Limiter(get_remote_address)
queue = JobQueue()


def bind_config(app: Flask, config: Config) -> None:
    """Make ``config`` the one that ``current_config`` returns inside ``app``."""
    app.extensions[_CONFIG] = config


def current_config() -> Config:
    """Return the typed settings of the current app."""
    return cast(Config, current_app.extensions[_CONFIG])

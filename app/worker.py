"""The processes that run jobs: ``python -m app.worker --processes N``, which ``skrzynka worker`` starts.

One parent loads the app once, forks the workers and the process that fetches mail, starts a new one for each that dies,
and keeps the schedule. A message to a server that has gone silent keeps its worker for minutes: so some workers take
nothing but what a person waits for at a form.
"""

import gc
import logging
import os
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.executions import Execution
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer

from app.config import Config, ConfigError
from app.extensions import JobQueue, QueueUnavailable, current_config
from app.factory import NotReady, create_ready_app
from app.fetcher import Fetcher
from app.jobs import JOBS
from app.jobs.schedule import TICK, tick
from app.logs import without_words
from app.supervisor.keeper import Child, Keeper
from app.supervisor.processes import fork

log = logging.getLogger("skrzynka.worker")

# A delay is in whole seconds.
DELAY_TICK = timedelta(seconds=1)


class JobRefused(Exception):
    """The queue holds something that is not a job of this application."""


class AllowedJob(Job):
    """A job that calls nothing but what is listed, whatever a writer to Redis has put into the queue.

    RQ would import and call any function that a job names: the job itself, its callbacks and its web hooks.
    """

    functions: ClassVar[Mapping[str, Callable[..., None]]] = JOBS

    success_callback = None
    failure_callback = None
    stopped_callback = None

    def perform(self) -> None:
        """Call the listed function with the ids. Raises JobRefused."""
        function = self.functions.get(str(self.func_name))
        if function is None or self.instance or self.kwargs or any(type(one) not in (str, int) for one in self.args):
            raise JobRefused
        function(*self.args)

    def send_webhooks(self, status: object, *, exc_string: str | None = None) -> None:
        """Send nothing: no job of ours has a web hook."""


class SkrzynkaWorker(SimpleWorker):
    """Runs jobs one after the other in this process, each in an app context of its own."""

    job_class = AllowedJob
    max_connection_wait_time = 2.0
    log_result_lifespan = False

    def __init__(self, app: Flask, connection: Redis, queues: Sequence[str] = JobQueue.names) -> None:
        super().__init__(
            [
                Queue(name, connection=connection, serializer=JSONSerializer, job_class=self.job_class)
                for name in queues
            ],
            connection=connection,
            serializer=JSONSerializer,
            job_class=self.job_class,
            worker_ttl=60,
            log_job_description=False,
        )
        self.app = app

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Run ``job`` in its own app context, whose end closes the database session."""
        with self.app.app_context():
            return super().perform_job(job, queue, execution)

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Log what went wrong, without the arguments and without the error's own words."""
        if exc_info[0] is JobRefused:
            log.warning("Job %s was refused: it is not one of this application's jobs.", job.id)
        else:
            log.error("Job %s failed: %s", job.id, without_words(exc_info[1]))

    def handle_job_failure(
        self,
        job: Job,
        queue: Queue,
        started_job_registry: StartedJobRegistry | None = None,
        exc_string: str = "",  # noqa: ARG002  (RQ passes the traceback)
        execution: Execution | None = None,
    ) -> None:
        """Record the failure without its traceback: what an exception says does not belong in Redis."""
        super().handle_job_failure(job, queue, started_job_registry, "The worker's log says why.", execution)

    def subscribe(self) -> None:
        """Listen to no commands from Redis: jobs are cancelled in the database."""


def work(app: Flask, queues: Sequence[str]) -> int:
    """Run the jobs of ``queues`` until told to stop; return the exit code.

    One line is logged when Redis cannot be reached.
    """
    with app.app_context():
        url = current_config().queue_url
    keepalive = {} if url.startswith("unix:") else {"socket_keepalive": True}
    connection = Redis.from_url(url, socket_connect_timeout=2, **keepalive)
    try:
        SkrzynkaWorker(app, connection, queues).work(logging_level="WARNING")
    except (RedisError, OSError) as error:
        log.warning("The job queue cannot be reached (%s).", type(error).__name__)
        return 1
    return 0


def fetch_mail(app: Flask) -> int:
    """Fetch mail of active accounts until told to stop; return the exit code."""
    with app.app_context():
        fetcher = Fetcher(current_config())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: fetcher.stop())
    fetcher.run()
    return 0


def queues_of(number: int, processes: int) -> Sequence[str]:
    """Return the queues of worker ``number`` (from 1) of so many: a third stays free, one of two, none of one."""
    free = max(1, processes // 3) if processes > 1 else 0
    return JobQueue.names[:1] if number <= free else JobQueue.names


def keep_schedule(app: Flask) -> None:
    """Enqueue what is due; a queue that is away is met again at the next tick."""
    with app.app_context():
        try:
            tick()
        except QueueUnavailable:
            log.debug("The job queue cannot be reached; the schedule waits.")


class Doorkeeper:
    """Lets jobs into their queues when their delay is over.

    One on all hosts does so, the first to call ``tick``, until it leaves or, should it die, for a minute more.
    """

    def __init__(self, app: Flask) -> None:
        with app.app_context():
            url = current_config().queue_url
        connection = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
        # RQ would have a process of its own call it.
        self._scheduler = RQScheduler(
            JobQueue.names, connection=connection, serializer=JSONSerializer, logging_level="WARNING"
        )

    def tick(self) -> None:
        """Let in what is due; a queue that is away is met again at the next tick."""
        try:
            self._scheduler.acquire_locks()
            self._scheduler.enqueue_scheduled_jobs()
        except (RedisError, OSError):
            log.debug("The job queue cannot be reached; delayed jobs wait.")

    def leave(self) -> None:
        """Let another one take over at once."""
        with suppress(RedisError, OSError):
            self._scheduler.release_locks()


def main() -> None:
    """Start the workers and stay until SIGTERM or SIGINT."""
    parser = ArgumentParser(prog="skrzynka worker", description="Run the jobs of the queue.")
    parser.add_argument(
        "--processes", type=int, choices=range(1, 65), default=6, metavar="N", help="how many jobs may run at once"
    )
    parser.add_argument("--without-fetching", action="store_true", help="leave the fetching of mail to others")
    arguments = parser.parse_args()
    processes, without_fetching = arguments.processes, arguments.without_fetching
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    # RQ's own lines name every job; what matters of them is logged here.
    logging.getLogger("rq").setLevel(logging.WARNING)
    logging.getLogger("skrzynka.audit").setLevel(logging.INFO)
    try:
        app = create_ready_app(Config.from_environment(os.environ, make=False))
    except (ConfigError, NotReady) as error:
        sys.exit(f"skrzynka: {error}")
    doorkeeper = Doorkeeper(app)
    # What is loaded by now is no garbage: looked at by a child, its memory would no longer be shared with the others.
    gc.collect()
    gc.freeze()
    with Keeper(grace=JobQueue.job_timeout, on_death=_tell) as keeper:
        for number in range(1, processes + 1):
            queues = queues_of(number, processes)
            keeper.add(Child(f"worker {number}", partial(fork, partial(work, app, queues))))
        if not without_fetching:
            keeper.add(Child("fetcher", lambda: fork(lambda: fetch_mail(app))))
        keeper.every(TICK, lambda: keep_schedule(app))
        keeper.every(DELAY_TICK, doorkeeper.tick)
        keeper.run()
        doorkeeper.leave()


def _tell(child: Child, code: int) -> None:
    log.warning("%s ended with code %s; another one takes its place.", child.name.capitalize(), code)


if __name__ == "__main__":
    main()

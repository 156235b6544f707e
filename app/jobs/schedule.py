"""What runs without being asked, and how often. Any number of processes on any number of hosts may call the tick."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from app.extensions import queue
from app.jobs import fetching, housekeeping, owner_notices, sending

TICK = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job that is enqueued once per period, by whichever process claims the turn first."""

    function: Callable[[], None]
    period: timedelta


PERIODIC = (
    Periodic(housekeeping.run, timedelta(minutes=1)),
    Periodic(sending.sweep, timedelta(seconds=30)),
    Periodic(owner_notices.tell, timedelta(seconds=30)),
    Periodic(fetching.forget, timedelta(hours=1)),
)


def tick(jobs: tuple[Periodic, ...] = PERIODIC) -> None:
    """Enqueue what is due. Raises QueueUnavailable."""
    for job in jobs:
        if queue.claim(job.function, job.period):
            queue.enqueue_missing(job.function, [()])

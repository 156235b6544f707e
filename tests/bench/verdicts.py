"""From the press of a button to the verdict in the browser's hands, and what a thousand tests cost the worker."""

import re
import secrets
from pathlib import Path
from time import monotonic, perf_counter, sleep

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock, jobs
from app.connection_tests import Draft, Owner, start
from app.extensions import JobQueue
from app.models import ConnectionTest, TestState, User
from app.models.database import engine_for
from tests.bench.figure import Figure, median
from tests.bench.house import Client, House, test_at

POLL = re.compile(r'hx-get="([^"]+)" hx-trigger="load delay:(\d+)ms,')


def measure(house: House) -> list[Figure]:
    """Return the figures of whole connection tests."""
    client = Client(house.port)
    client.sign_in()
    above = [_above_the_probe(house, client) for _ in range(12)]
    early, late = _memory(house)
    return [
        Figure("From the press to the verdict, above the probe itself", median(above), "ms", 150),
        Figure("Worker's memory after 100 tests", early, "MiB"),
        Figure("Worker's memory after 1,000 tests, against that", late / early, "x", 1.05),
    ]


def _above_the_probe(house: House, client: Client) -> float:
    token = client.token("/accounts/new")
    started = perf_counter()
    location = client.press(house.typed(), token)
    body = client.ask(location, htmx=True)[2]
    while poll := POLL.search(body):
        sleep(int(poll.group(2)) / 1000)  # as htmx does
        body = client.ask(poll.group(1), htmx=True)[2]
    total = (perf_counter() - started) * 1000
    assert "Both servers" in body or "Oba serwery" in body, body
    with Session(engine_for(house.config.database_url)) as session:
        test = session.get_one(ConnectionTest, test_at(location))
        slower = max(sum(step["ms"] for step in steps) for steps in (test.imap_steps, test.smtp_steps))
    return total - slower


def _memory(house: House) -> tuple[float, float]:
    _run_tests(house, batches=1)
    early = _resident(house)
    _run_tests(house, batches=9)
    return early, _resident(house)


def _run_tests(house: House, *, batches: int) -> None:
    """Have the worker run hundreds of tests of the real servers; few enough at once that none waits for too long.

    They stand in the queue of which one worker alone takes, so that all of them pass through its memory.
    """
    redis = Redis.from_url(str(house.config.redis_url))
    queue = Queue(JobQueue.other_name, connection=redis, serializer=JSONSerializer)
    name = f"{jobs.connection_tests.run.__module__}.{jobs.connection_tests.run.__qualname__}"
    for _ in range(batches):
        with Session(engine_for(house.config.database_url)) as session:
            user_id = session.scalars(select(User.id)).first() or 0
            drafts = [_draft(house, user_id) for _ in range(100)]
            started = [
                start(session, draft, saves=False, vault=house.config.vault, now=clock.now()) for draft in drafts
            ]
            ids = [each.test.id for each in started]
            session.commit()
            for test_id in ids:
                queue.enqueue_call(name, args=(test_id,), result_ttl=0)
            _wait_for(session, ids)


def _wait_for(session: Session, ids: list[str]) -> None:
    end = monotonic() + 40
    finished = select(func.count()).where(ConnectionTest.id.in_(ids), ConnectionTest.state == TestState.FINISHED)
    while session.scalar(finished) != len(ids):
        session.rollback()
        assert monotonic() < end, "the worker does not keep up"
        sleep(0.1)


def _draft(house: House, user_id: int) -> Draft:
    return Draft(details=house.details(), submission=secrets.token_urlsafe(16), owner=Owner(user_id=user_id))


def _resident(house: House) -> float:
    """Return the resident memory of the worker that the parent has forked, in MiB."""
    status = Path(f"/proc/{house.worker_pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found.group(1)) / 1024

"""Workers killed at any moment of a fetch, and two at a time: no message is lost, and none is there twice.

``SKRZYNKA_KILLS`` says how many blows fall (``make kills``: 200), spread over all the time that a fetch takes.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import func, select, text, update

from app import clock
from app.models import FetchState, Message, MessageChunk, Placement, Trouble
from tests.integration.fetching.conftest import Collector
from tests.integration.fetching.mailbox import letter, mailbox
from tests.integration.workers import Workers, workers

KILLS = int(os.environ.get("SKRZYNKA_KILLS", "8"))
# Enough for several batches: a few are as large as a chunk.
SMALL, LARGE = 120, 4


def fetchers(collector: Collector, port: int) -> AbstractContextManager[Workers]:
    return workers("tests.integration.fetching.worker", collector.url, collector.vault, port)


@pytest.fixture
def filled(dovecot_server, authority) -> Iterator[list[str]]:
    """A mailbox, and the subjects of what lies in it."""
    with mailbox(dovecot_server.tls_port, str(authority.ca_file)) as client:
        subjects = [f"m{number}" for number in range(SMALL + LARGE)]
        for number, subject in enumerate(subjects):
            client.append("INBOX", letter(subject, "x" * (3_000_000 if number % 31 == 30 else 2000)))
        yield subjects


@pytest.fixture
def account(collector: Collector, filled, dovecot_server):
    return collector.account(dovecot_server.tls_port, "tls", imap_host="127.0.0.1", fast_mode=True)


def test_a_worker_killed_at_any_commit_loses_nothing_and_doubles_nothing(
    collector: Collector, filled, account, dovecot_server
):
    found: Counter[str] = Counter()
    with fetchers(collector, dovecot_server.tls_port) as killed:
        for when in ("before", "after"):
            for number in count(1):
                begin_anew(collector)
                killed.start(f"{when} {number}")
                if not killed.wait():
                    break
                found[how_far(collector, len(filled))] += 1
                goes_on_from_there(collector, killed, filled, account)
    assert found["nothing"]
    assert found["some"]
    assert found["all"]


def test_a_worker_killed_at_any_moment_loses_nothing_and_doubles_nothing(
    collector: Collector, filled, account, dovecot_server
):
    chance = random.Random(6)
    with fetchers(collector, dovecot_server.tls_port) as killed:
        length = time_of_one(collector, killed)
        for number in range(KILLS):
            begin_anew(collector)
            killed.run("fetch", kill_after=(number + chance.random()) / KILLS * length)
            consistent(collector)
            # A second one is killed as well, while it goes on from there.
            pass_time(collector)
            killed.run("fetch", kill_after=chance.uniform(0, length))
            goes_on_from_there(collector, killed, filled, account)


def goes_on_from_there(collector: Collector, worker: Workers, filled: list[str], account) -> None:
    """The next worker brings what is missing, and nothing twice."""
    consistent(collector)
    pass_time(collector)
    worker.run("fetch")
    assert collector.subjects() == Counter(filled)
    assert collector.state(account).outcome == "ok"


def test_two_workers_on_one_account_do_not_get_in_each_others_way(
    collector: Collector, filled, account, dovecot_server
):
    with ExitStack() as stack:
        both = [stack.enter_context(fetchers(collector, dovecot_server.tls_port)) for _ in range(2)]
        for _round in range(3):
            begin_anew(collector)
            for each in both:
                each.start("fetch")
                # The lease of the first one ends while it works: the other one takes over.
                pass_time(collector)
            for each in both:
                each.wait()
            pass_time(collector)
            both[0].run("fetch")
            assert collector.subjects() == Counter(filled)
            consistent(collector)


# A file has no connections that somebody else could end.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_drops_connections_loses_nothing(collector: Collector, filled, account, dovecot_server):
    with fetchers(collector, dovecot_server.tls_port) as worker:
        length = time_of_one(collector, worker)
        for number in range(5):
            begin_anew(collector)
            worker.start("fetch")
            time.sleep((number + 0.5) / 5 * length)
            drop_connections(collector)
            worker.wait()
            pass_time(collector)
            worker.run("fetch")
            assert collector.subjects() == Counter(filled)
            consistent(collector)


def drop_connections(collector: Collector) -> None:
    others = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    collector.session.invalidate()
    collector.transact(lambda session: session.execute(others).all())


def begin_anew(collector: Collector) -> None:
    """Forget everything that was fetched."""

    def forget(session) -> None:
        for table in ("troubles", "placements", "message_chunks", "messages", "folders", "fetch_states"):
            session.execute(text(f"DELETE FROM {table}"))

    collector.session.rollback()
    collector.transact(forget)


def pass_time(collector: Collector) -> None:
    """Let the leases of the dead end, and make everything due."""
    past = clock.now() - timedelta(minutes=1)
    lapsed = update(FetchState).values(due_at=past, lease_until=None)
    collector.transact(lambda session: session.execute(lapsed))


def consistent(collector: Collector) -> None:
    """Whatever is stored is whole: content for each message, and nothing passed over."""
    collector.session.rollback()
    session = collector.session
    sizes = dict(session.execute(select(Message.digest, Message.size)).all())
    lengths = select(MessageChunk.digest, func.sum(func.length(MessageChunk.data))).group_by(MessageChunk.digest)
    assert {digest: int(length) for digest, length in session.execute(lengths)} == sizes
    assert session.scalar(select(func.count()).select_from(Trouble).where(Trouble.attempts >= 3)) == 0
    uids = sorted(session.scalars(select(Placement.uid)))
    assert len(uids) == len(set(uids))


def how_far(collector: Collector, all_of_it: int) -> str:
    stored = collector.subjects().total()
    return "nothing" if not stored else "all" if stored == all_of_it else "some"


def time_of_one(collector: Collector, each: Workers) -> float:
    """Return how long a whole fetch takes here and now."""
    times = []
    for _ in range(3):
        begin_anew(collector)
        began = time.monotonic()
        each.run("fetch")
        times.append(time.monotonic() - began)
    return sorted(times)[1]

"""Fetches mail of all active accounts, in one process per host, from threads.

No queue stands in between: the database says what is due, and a claim there keeps every other process away. So there
is nothing that a lost Redis could forget, and "fetch now" is heard at once. A process that dies leaves leases behind,
which end by themselves. A poll takes milliseconds and a stuck server ten minutes: hence threads, and many of them.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as DatabaseBusy
from sqlalchemy.orm import Session

from app import clock, fetching
from app.config import Config
from app.fetching import Claim, Progress, Report, Tools, Work
from app.fetching.chunks import SMALL_CHUNK
from app.fetching.hand import Hand
from app.fetching.lines import Lines
from app.logs import without_words
from app.models.database import pooled_engine_for

T = TypeVar("T")

log = logging.getLogger("skrzynka.fetching")

THREADS = 64
# Whoever has a lot to be read takes memory, and a thread for minutes: so many at a time, in large chunks.
LONG_THREADS = 8
# Those that stand in line for these threads, and when the others come again.
LONG_AHEAD = 24
AGAIN = timedelta(seconds=2)
# Accounts that are claimed although no thread is free yet: polls are short.
AHEAD = 192
# After waiting for a thread for so long an account is left to other hosts, which may have one.
PATIENCE_SECONDS = 5.0
# A transaction takes milliseconds: threads wait for a connection rather than have one each. With SQLAlchemy's overflow
# of 4 these are 16 to a process.
CONNECTIONS = 12
BEAT_SECONDS = 0.25
ENSURE_SECONDS = 2.0
EXTEND_SECONDS = 15.0


class Fetcher:
    """Claims accounts that are due, and fetches them. ``beat`` is called again and again, by one thread."""

    def __init__(self, config: Config, *, threads: int = THREADS) -> None:
        self._config = config
        self._engine: Engine = pooled_engine_for(config.database_url, CONNECTIONS)
        # Before the first connection stands, the driver's own error comes through.
        driver: Any = self._engine.dialect.loaded_dbapi
        self._away = (OperationalError, InterfaceError, DatabaseBusy, driver.OperationalError, driver.InterfaceError)
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="fetch")
        self._long_pool = ThreadPoolExecutor(LONG_THREADS, thread_name_prefix="long")
        # One thread asks all open sessions at once.
        self._glances = ThreadPoolExecutor(1, thread_name_prefix="glance")
        self._lines = Lines(config.network)
        # A mere attribute: a signal comes in the middle of anything, also of waiting for a lock.
        self._stopping = False
        tools = Tools(self._lines.open, self.transact, clock.now, random.random, Progress(), lambda: self._stopping)
        self._tools = {True: tools, False: replace(tools, most_bytes=SMALL_CHUNK)}
        self._wake = threading.Event()
        self._hand = Hand()
        self._ensure_at = self._extend_at = 0.0

    def transact(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in a transaction of its own, and commit it."""
        with Session(self._engine) as session:
            done = work(session)
            session.commit()
            return done

    def run(self) -> None:
        """Fetch until ``stop`` is called."""
        while not self._stopping:
            try:
                self.beat()
            except Exception as error:  # noqa: BLE001 -- drivers have errors of their own for a lost connection
                log.warning("The database cannot be used: %s", without_words(error))
                self._wake.wait(1)
            self._wake.wait(BEAT_SECONDS)
            self._wake.clear()
        pools = (self._glances, self._pool, self._long_pool)
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)
        for pool in pools:
            pool.shutdown()
        self._lines.close()
        self._leave()

    def stop(self) -> None:
        """End soon: running fetches end between two messages. May be called by a signal's handler."""
        self._stopping = True

    def beat(self) -> None:
        """Let go of what is done, keep in hand what is not, and take what is due."""
        self._let_go()
        self._put_back(self._hand.give_up_waiting(PATIENCE_SECONDS))
        seconds = time.monotonic()
        rare = seconds >= self._ensure_at
        if rare:
            self._ensure_at = seconds + ENSURE_SECONDS
            self.transact(lambda session: fetching.ensure(session, now=clock.now()))
            self._glances.submit(self._lines.sweep, self.transact(fetching.fetched_accounts))
        if seconds >= self._extend_at:
            self._extend_at = seconds + EXTEND_SECONDS
            held = self._hand.held()
            self.transact(lambda session: fetching.extend(session, held, now=clock.now()))
        works = self._take(self._room(), rare=rare)
        if works:
            self._glances.submit(self._glance, works)

    def _room(self) -> int:
        """Return how many more accounts to take: none while all threads are stuck, for other hosts may have some."""
        if self._hand.busy() >= self._threads and not self._hand.moves(PATIENCE_SECONDS):
            return 0
        return max(0, self._threads + AHEAD - len(self._hand.held()))

    def _take(self, most: int, *, rare: bool = True) -> Sequence[Work]:
        if not most:
            return ()
        long_ones = LONG_THREADS + LONG_AHEAD - self._hand.long()

        def take(session: Session) -> list[Work]:
            now = clock.now()
            claims = fetching.claim_due(session, now=now, most=most, rare=rare)
            works = fetching.load(session, claims, self._config.vault, now=now) if claims else []
            unwanted = set(claims).difference(work.claim for work in works)
            later = [work.claim for work in works if work.is_long][max(0, long_ones) :]
            fetching.put_back(session, list(unwanted), due_at=now)
            fetching.put_back(session, later, due_at=now + AGAIN)
            return [work for work in works if work.claim not in later]

        works = self.transact(take)
        self._hand.take(works)
        return works

    def _glance(self, works: Sequence[Work]) -> None:
        """Let go of accounts without news, as far as their sessions are open, and fetch the others."""
        try:
            old = {work.claim for work in self._lines.without_news(works)}
        except Exception as error:  # noqa: BLE001 -- whatever is wrong with a glance, there is still a fetch
            log.error("A glance ended in %s", without_words(error))
            old = set()
        self._hand.note_unchanged(old)
        for work in works:
            if work.claim not in old and not self._stopping:
                self._hand.hand_over(work, self._long_pool if work.is_long else self._pool, self._fetch)
        self._wake.set()

    def _fetch(self, work: Work) -> None:
        self._hand.begin(work.claim)
        try:
            report = fetching.run(work, self._tools[work.is_long])
        except Exception as error:  # noqa: BLE001 -- one account's bug or a lost database must not end the others' fetches
            log.error("A fetch ended in %s", without_words(error))
            self._fail(work.claim, error)
        else:
            self._finish(report)

    def _finish(self, report: Report) -> None:
        if report.unchanged:
            self._hand.note_unchanged([report.claim])
        else:
            self._hand.drop([report.claim])
        if self._hand.busy() < self._threads:
            self._wake.set()

    def _fail(self, claim: Claim, error: Exception) -> None:
        # A database that is away says nothing about the account, whose lease ends by itself.
        if not isinstance(error, self._away):
            with suppress(*self._away):
                self.transact(lambda session: fetching.record_internal(session, claim, now=clock.now()))
        self._hand.drop([claim])

    def _put_back(self, claims: Sequence[Claim]) -> None:
        if claims:
            self.transact(lambda session: fetching.put_back(session, claims, due_at=clock.now()))

    def _let_go(self) -> None:
        done = self._hand.unchanged()
        if done:
            self.transact(lambda session: fetching.finish_unchanged(session, done, now=clock.now()))
            self._hand.forget(done)

    def _leave(self) -> None:
        """Leave to others what nobody has begun with."""
        with suppress(*self._away):
            self._let_go()
            self._put_back(self._hand.held())

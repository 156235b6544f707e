"""The accounts that one process has in hand, and how far each is: any of its threads may say so."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future

from app.fetching.claims import Claim
from app.fetching.work import Work


class Hand:
    """Claims that are kept (``held``); those among them that wait for a thread; and those of which nothing is new.

    A claim that is not held any more is not extended: whatever goes wrong, its lease ends by itself.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[Claim, Work] = {}
        self._waiting: dict[Claim, tuple[Future[None], float]] = {}
        self._running: set[Claim] = set()
        self._unchanged: set[Claim] = set()
        self._moved_at = 0.0

    def take(self, works: Iterable[Work]) -> None:
        """Keep accounts from now on."""
        with self._lock:
            self._held.update({work.claim: work for work in works})

    def drop(self, claims: Iterable[Claim]) -> None:
        """Keep accounts no longer."""
        with self._lock:
            for claim in claims:
                self._held.pop(claim, None)
                self._running.discard(claim)

    def held(self) -> list[Claim]:
        """Return what is kept."""
        with self._lock:
            return list(self._held)

    def long(self) -> int:
        """Return how many of the accounts have a lot to be read."""
        with self._lock:
            return sum(work.is_long for work in self._held.values())

    def hand_over(self, work: Work, pool: Executor, do: Callable[[Work], None]) -> None:
        """Have a thread of ``pool`` do something with an account."""
        # Within the lock, so that the thread does not begin before it is known that it is waited for.
        with self._lock:
            self._waiting[work.claim] = (pool.submit(do, work), time.monotonic())

    def begin(self, claim: Claim) -> None:
        """Hear that a thread has an account now."""
        with self._lock:
            self._waiting.pop(claim, None)
            self._running.add(claim)
            self._moved_at = time.monotonic()

    def busy(self) -> int:
        """Return how many accounts threads have, without those with a lot to be read."""
        with self._lock:
            return sum(not self._held[claim].is_long for claim in self._running if claim in self._held)

    def moves(self, seconds: float) -> bool:
        """Return whether a thread has begun with an account within so many seconds."""
        with self._lock:
            return time.monotonic() - self._moved_at < seconds

    def give_up_waiting(self, seconds: float) -> list[Claim]:
        """Drop the accounts that have waited for a thread for longer than that, and return them."""
        before = time.monotonic() - seconds
        with self._lock:
            late = [claim for claim, (future, since) in self._waiting.items() if since < before and future.cancel()]
            for claim in late:
                del self._waiting[claim]
                self._held.pop(claim, None)
        return late

    def note_unchanged(self, claims: Iterable[Claim]) -> None:
        """Hear that there is nothing new in accounts, of which the database does not know yet."""
        with self._lock:
            self._unchanged.update(claims)
            self._running.difference_update(claims)

    def unchanged(self) -> list[Claim]:
        """Return the accounts without news. They are dropped; ``forget`` those that the database knows of."""
        with self._lock:
            for claim in self._unchanged:
                self._held.pop(claim, None)
            return list(self._unchanged)

    def forget(self, claims: Iterable[Claim]) -> None:
        """Hear that the database knows."""
        with self._lock:
            self._unchanged.difference_update(claims)

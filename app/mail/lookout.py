"""Looking for something helpful beside a check, without making the check wait."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Generic, Self, TypeVar

from app.mail.alarm import alarms
from app.mail.deadline import Deadline

# How long a check is waited for before anything is looked for.
SLOW_SECONDS = 1.0

T = TypeVar("T")


class Lookout(Generic[T]):
    """One look, at most, in a thread of its own; it ends with the ``with`` block, found or not.

    ``look`` gets a deadline to live by and returns what it found, or None.
    """

    def __init__(self, look: Callable[[Deadline], T | None], deadline: Deadline, seconds: float) -> None:
        self._look = look
        self._whole = deadline
        self._seconds = seconds
        self._deadline: Deadline | None = None
        self._lock = threading.Lock()
        self._begun_at = 0.0
        self._ended = threading.Event()
        self.found: T | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop looking."""
        with self._lock:
            if self._deadline is not None:
                self._deadline.cancel()

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to be found."""
        return self._ended.is_set()

    def begin(self) -> None:
        """Look, unless that has begun already."""
        with self._lock:
            if self._deadline is not None:
                return
            self._deadline = self._whole.part(self._seconds)
            self._begun_at = time.monotonic()
        threading.Thread(target=self._work, args=(self._deadline,), name="lookout", daemon=True).start()

    @contextlib.contextmanager
    def if_slow(self) -> Iterator[None]:
        """Begin to look if the body takes longer than a second."""
        slow = alarms.set(SLOW_SECONDS, self.begin)
        try:
            yield
        finally:
            alarms.call_off(slow)

    def wait(self, seconds: float) -> T | None:
        """Return what was found; whoever has looked for so many seconds is not waited for any longer."""
        self.begin()
        self._ended.wait(max(0.0, self._begun_at + seconds - time.monotonic()))
        return self.found

    def _work(self, deadline: Deadline) -> None:
        try:
            with deadline:
                self.found = self._look(deadline)
        finally:
            self._ended.set()

"""What a fetch needs from outside."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy.orm import Session

from app.clock import Clock
from app.fetching.chunks import MOST_BYTES
from app.fetching.work import Work
from app.mail.deadline import Deadline
from app.mail.fetch import FetchSession

T = TypeVar("T")
# How often, in seconds, a running fetch asks whether it is still wanted.
ASK_SECONDS = 0.5
# A run ends by itself after this long, between two messages, and is due again at once; the deadline is harder.
RUN_SECONDS = 480.0
FETCH_SECONDS = 600.0


class Connect(Protocol):
    """What opens a session with an account's incoming server."""

    def __call__(self, work: Work, *, deadline: Deadline) -> AbstractContextManager[FetchSession]:
        """Open a session. Raises StepFailed."""


class Transact(Protocol):
    """What runs some work in a transaction of its own, commits it, and returns what it returned."""

    def __call__(self, work: Callable[[Session], T], /) -> T:
        """Run ``work``."""


class Progress:
    """Hears how much there is to do, and each message that is done; this one keeps it to itself."""

    def expect(self, count: int) -> None:
        """Hear that there are ``count`` more messages."""

    def advance(self) -> None:
        """Hear that one message has come."""


@dataclass(frozen=True, slots=True)
class Tools:
    """``chance`` returns a number from 0 to 1."""

    connect: Connect
    transact: Transact
    clock: Clock
    chance: Callable[[], float]
    progress: Progress
    # Whether the process is about to end.
    stopping: Callable[[], bool] = lambda: False
    # How large a batch may be.
    most_bytes: int = MOST_BYTES


class Wanted:
    """Whether to go on: asked between any two messages, and asking the database only now and then."""

    def __init__(self, ask: Callable[[], bool], seconds: float = RUN_SECONDS) -> None:
        self._ask = ask
        self._end = time.monotonic() + seconds
        self._next = time.monotonic() + ASK_SECONDS
        self.ended = False
        self.out_of_time = False

    def __call__(self) -> bool:
        """Return whether to go on; once the answer was no, it stays no."""
        now = time.monotonic()
        if self.ended:
            return False
        if now >= self._end:
            self.ended = self.out_of_time = True
        elif now >= self._next:
            self._next = now + ASK_SECONDS
            self.ended = not self._ask()
        return not self.ended

"""Keeps child processes alive: starts them, replaces the ones that die, and ends them all when told to stop."""

import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

# A child that dies within this many seconds of its start is replaced ever more slowly, up to the second number.
_SHORT_LIFE = 10.0
_LONGEST_WAIT = 15.0


@dataclass(slots=True)
class Child:
    """A process to keep. ``start`` forks it and returns its pid; ``name`` is for people."""

    name: str
    start: Callable[[], int]
    # The others need it until their end: it is stopped after them.
    outlives_the_others: bool = False
    pid: int | None = None
    not_before: float = 0.0
    _started_at: float = 0.0
    _wait: float = 0.0

    def begin(self) -> None:
        """Start the process."""
        self._started_at = time.monotonic()
        self.pid = self.start()

    def died(self) -> None:
        """Note the death, and when the next start is due: at once after a long life, later after each short one."""
        self.pid = None
        now = time.monotonic()
        short = now - self._started_at < _SHORT_LIFE
        self._wait = min(max(0.5, self._wait * 2), _LONGEST_WAIT) if short else 0.0
        self.not_before = now + self._wait


@dataclass(slots=True)
class _Tick:
    """What is called again and again; ``period`` in seconds, ``at`` by the monotonic clock."""

    call: Callable[[], None]
    period: float
    at: float


class Keeper:
    """The parent of all children. Used in a ``with`` block, in the main thread of a process without other threads."""

    def __init__(self, *, grace: timedelta, on_death: Callable[[Child, int], None]) -> None:
        """Remember how long a child may go on after SIGTERM, and whom to tell (with the exit code) when one dies."""
        self._children: list[Child] = []
        self._grace = grace.total_seconds()
        self._on_death = on_death
        self._ticks: list[_Tick] = []
        self._signals = 0
        self._wakeup, self._alarm = os.pipe()
        self.stopping = False

    def __enter__(self) -> "Keeper":
        os.set_blocking(self._wakeup, False)
        os.set_blocking(self._alarm, False)
        signal.set_wakeup_fd(self._alarm, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(self, *_: object) -> None:
        self._end([child for child in self._children if not child.outlives_the_others])
        self._end(self._children)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.close(self._wakeup)
        os.close(self._alarm)

    def add(self, child: Child) -> None:
        """Start ``child`` and keep it from now on."""
        self._children.append(child)
        child.begin()

    def every(self, period: timedelta, tick: Callable[[], None]) -> None:
        """Call ``tick`` now and then every ``period``, as long as ``run`` runs."""
        self._ticks.append(_Tick(tick, period.total_seconds(), time.monotonic()))

    def run(self) -> None:
        """Keep the children until SIGTERM, SIGINT or SIGHUP."""
        while not self.stopping:
            for child in self._children:
                if child.pid is None and time.monotonic() >= child.not_before:
                    child.begin()
            for tick in self._ticks:
                if time.monotonic() >= tick.at:
                    tick.at = time.monotonic() + tick.period
                    tick.call()
            self._sleep(self._next_event())
            self._reap()

    def wait_for(self, condition: Callable[[], bool], child: Child, *, seconds: float) -> bool:
        """Wait until ``condition`` holds; False if ``child`` dies first, time is up, or a signal says stop."""
        deadline = time.monotonic() + seconds
        while not self.stopping and child.pid is not None and time.monotonic() < deadline:
            if condition():
                return True
            self._sleep(time.monotonic() + 0.02)
            self._reap()
        return False

    def _next_event(self) -> float:
        times = [child.not_before for child in self._children if child.pid is None]
        return min([*times, *(tick.at for tick in self._ticks)], default=float("inf"))

    def _sleep(self, until: float) -> None:
        timeout = None if until == float("inf") else max(0.0, until - time.monotonic())
        if select.select([self._wakeup], [], [], timeout)[0]:
            os.read(self._wakeup, 1024)

    def _reap(self) -> None:
        for child in self._children:
            if child.pid is None:
                continue
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                child.died()
                if not self.stopping:
                    self._on_death(child, os.waitstatus_to_exitcode(status))

    def _ask_to_stop(self, _number: int, _frame: object) -> None:
        self.stopping = True
        self._signals += 1

    def _end(self, children: Sequence[Child]) -> None:
        self.stopping = True
        _send(children, signal.SIGTERM)
        deadline = time.monotonic() + self._grace
        asked_once = self._signals
        while any(child.pid for child in children) and time.monotonic() < deadline and self._signals <= asked_once:
            self._sleep(deadline)
            self._reap()
        # Somebody who presses Ctrl-C again has waited long enough.
        _send(children, signal.SIGKILL)
        for child in children:
            if child.pid is not None:
                os.waitpid(child.pid, 0)
                child.pid = None


def _send(children: Sequence[Child], number: signal.Signals) -> None:
    for child in children:
        if child.pid is None:
            continue
        try:
            # Each child leads a group; what it started itself shall not be left behind.
            (os.killpg if number is signal.SIGKILL else os.kill)(child.pid, number)
        except ProcessLookupError:
            os.kill(child.pid, number)

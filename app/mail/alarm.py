"""One thread that rings when a time has come, for whatever in the process has to be over by then.

A thread for each deadline would cost more than many a look into a mailbox that it watches over.
"""

import heapq
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

# Called-off alarms are thrown away when they are this many, and more than the others.
_MOST_SILENT = 64


@dataclass(slots=True, order=True)
class Alarm:
    """A time, on the monotonic clock, and what is to be called then; None once it was called off."""

    when: float
    number: int
    ring: Callable[[], None] | None = field(compare=False)


class AlarmClock:
    """Calls what it was given, each in its time. What it calls must be quick: the others wait."""

    def __init__(self) -> None:
        self._begin_anew()
        # A fork has no threads, and perhaps a lock that nobody will ever open.
        os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[Alarm] = []
        self._silent = 0
        self._number = 0
        self._thread: threading.Thread | None = None

    def set(self, seconds: float, ring: Callable[[], None]) -> Alarm:
        """Have ``ring`` called in so many ``seconds``."""
        with self._changed:
            self._number += 1
            alarm = Alarm(time.monotonic() + seconds, self._number, ring)
            heapq.heappush(self._waiting, alarm)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="alarm clock", daemon=True)
                self._thread.start()
            elif self._waiting[0] is alarm:
                self._changed.notify()
        return alarm

    def call_off(self, alarm: Alarm) -> None:
        """Call nothing, if that has not happened yet."""
        with self._changed:
            if alarm.ring is None:
                return
            alarm.ring = None
            self._silent += 1
            if self._silent > max(_MOST_SILENT, len(self._waiting) // 2):
                self._waiting = [each for each in self._waiting if each.ring is not None]
                heapq.heapify(self._waiting)
                self._silent = 0

    def _work(self) -> None:
        while True:
            ring = self._next()
            try:
                ring()
            except Exception:  # noqa: BLE001 -- one alarm that fails must not silence the others
                threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))

    def _next(self) -> Callable[[], None]:
        with self._changed:
            while True:
                seconds = self._waiting[0].when - time.monotonic() if self._waiting else None
                if seconds is not None and seconds <= 0:
                    alarm = heapq.heappop(self._waiting)
                    ring, alarm.ring = alarm.ring, None
                    if ring is not None:
                        return ring
                    self._silent -= 1
                else:
                    self._changed.wait(seconds)


alarms = AlarmClock()

"""A deadline that holds even where a socket's own timeout does not."""

import contextlib
import socket
import threading
import time
from typing import Self

from app.mail.alarm import Alarm, alarms
from app.mail.failures import Cancelled, StepFailed
from app.mail.outcomes import Outcome


class Deadline:
    """The total time of one side, in seconds of wall clock, enforced from outside by an alarm.

    A socket's timeout starts anew with each byte, so a server that sends a byte a second never runs into it. When the
    time is up, or ``cancel`` is called, every watched socket is shut down, which wakes whoever reads from it.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._stopped = threading.Event()
        self._cancelled = False
        self._lock = threading.Lock()
        self._watched: set[socket.socket] = set()
        self._parts: list[Deadline] = []
        self._alarm: Alarm | None = None

    def __enter__(self) -> Self:
        self._alarm = alarms.set(self.remaining, self._ring)
        return self

    def __exit__(self, *_: object) -> None:
        self._call_off()

    @property
    def remaining(self) -> float:
        """Seconds that are left, never negative."""
        return max(0.0, self._end - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether the time is up or the probe was cancelled."""
        return self._stopped.is_set() or self.remaining == 0

    def check(self) -> None:
        """Raise Cancelled or StepFailed(timeout_total) if nothing more may be done."""
        if self._cancelled:
            raise Cancelled
        if self.over:
            raise StepFailed(Outcome.TIMEOUT_TOTAL)

    def renew(self, seconds: float) -> None:
        """Let the time begin anew, for one more thing over the same connection."""
        self._end = time.monotonic() + seconds

    def part(self, seconds: float) -> "Deadline":
        """Return a shorter one, for something beside the main thing, that ends with this one at the latest."""
        part = Deadline(min(seconds, self.remaining))
        with self._lock:
            self._parts.append(part)
        if self._stopped.is_set():
            part.cancel()
        return part

    def pause(self, seconds: float) -> None:
        """Wait, unless everything ends meanwhile. Raises what ``check`` raises."""
        self._stopped.wait(min(max(0.0, seconds), self.remaining))
        self.check()

    def watch(self, sock: socket.socket) -> None:
        """Shut ``sock`` down when the time is up."""
        with self._lock:
            self._watched.add(sock)
        if self._stopped.is_set():
            self._shut_down(sock)

    def forget(self, sock: socket.socket) -> None:
        """Watch ``sock`` no longer."""
        with self._lock:
            self._watched.discard(sock)

    def cancel(self) -> None:
        """End everything now."""
        self._cancelled = True
        self._call_off()
        self._stop()

    def _call_off(self) -> None:
        if self._alarm is not None:
            alarms.call_off(self._alarm)

    def _ring(self) -> None:
        if self.remaining == 0:
            self._stop()
            return
        # It was renewed meanwhile.
        self._alarm = alarms.set(self.remaining, self._ring)

    def _stop(self) -> None:
        self._stopped.set()
        with self._lock:
            watched, parts = list(self._watched), list(self._parts)
        for sock in watched:
            self._shut_down(sock)
        for part in parts:
            part.cancel()

    @staticmethod
    def _shut_down(sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

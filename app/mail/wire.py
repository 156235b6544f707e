"""A socket whose every wait ends, by the wall clock."""

import contextlib
import select
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from app.mail.deadline import Deadline
from app.mail.failures import StepFailed
from app.mail.outcomes import Outcome

CHUNK = 16 * 1024
_RECEIVED_AT_ONCE = 128 * 1024
OPERATION_SECONDS = 12.0

_T = TypeVar("_T")


class Wire:
    """Bytes in, bytes out; what takes too long, or breaks, is raised as StepFailed."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline
        self._end = float("inf")
        self._late = Outcome.TIMEOUT_TOTAL
        # Whether something could not be sent any more. A reply may still wait to be read.
        self.hung_up = False
        sock.setblocking(False)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        deadline.watch(sock)

    @property
    def own_address(self) -> str:
        """This end's IP address, empty if the connection is gone."""
        try:
            return str(self._sock.getsockname()[0])
        except OSError:
            return ""

    def fileno(self) -> int:
        """Return what a selector needs to wait for many connections at once."""
        return self._sock.fileno()

    def allow(self, seconds: float | None, outcome: Outcome) -> None:
        """Give what follows ``seconds`` (None: what is left in all), after which it failed with ``outcome``."""
        self._end = float("inf") if seconds is None else time.monotonic() + seconds
        self._late = outcome

    def next_operation(self) -> None:
        """Give what follows the time of one ordinary command and its reply."""
        self.allow(OPERATION_SECONDS, Outcome.TIMEOUT_OP)

    def hears_within(self, seconds: float) -> bool:
        """Return whether the server said anything within ``seconds``. Raises StepFailed when all time is up."""
        self.allow(seconds, Outcome.TIMEOUT_BANNER)
        try:
            self._wait(select.POLLIN)
        except StepFailed as failure:
            if failure.outcome is not Outcome.TIMEOUT_BANNER:
                raise
            return False
        return True

    def live_by(self, deadline: Deadline) -> None:
        """Let another deadline count from now on: a session that serves one thing after another gives each its time."""
        self._deadline.forget(self._sock)
        self._deadline = deadline
        deadline.watch(self._sock)

    def rest(self) -> None:
        """Let no deadline count, until ``live_by`` names the next one."""
        self._deadline.forget(self._sock)

    def has_ended(self) -> bool:
        """Return whether the other end has closed, or spoken unasked, which a server does before it closes."""
        try:
            return self._sock.recv(1, socket.MSG_PEEK) is not None
        except BlockingIOError:
            return False
        except OSError:
            return True

    def close(self) -> None:
        """Close without a word."""
        self._deadline.forget(self._sock)
        with contextlib.suppress(OSError):
            self._sock.close()

    def send_raw(self, data: bytes) -> None:
        """Send all of ``data`` as it is. Raises StepFailed when time is up.

        A server that has hung up is noticed by who listens to it next: what it said before it left (``* BYE``, 421)
        still waits to be read, and says why.
        """
        view = memoryview(data)
        try:
            while view:
                view = view[self._patiently(partial(self._sock.send, view), select.POLLOUT) :]
        except StepFailed as failure:
            if failure.outcome is not Outcome.SERVER_CLOSED:
                raise
            self.hung_up = True

    def receive_raw(self) -> bytes:
        """Return what has come, as it came; empty at the end. Raises StepFailed."""
        return self._patiently(partial(self._sock.recv, _RECEIVED_AT_ONCE), select.POLLIN)

    def _patiently(self, action: Callable[[], _T], event: int) -> _T:
        while True:
            try:
                done = action()
            except BlockingIOError:
                self._wait(event)
            except OSError as error:
                self._deadline.check()
                raise StepFailed(Outcome.SERVER_CLOSED) from error
            else:
                # After the deadline shut the socket down, an end of data is not the server's.
                self._deadline.check()
                return done

    def _wait(self, event: int) -> None:
        # Postfix sends its half of a handshake in two packets, and holds back the second one until the first is
        # acknowledged: an acknowledgement that waits for company costs 40 ms. Linux forgets this option again.
        with contextlib.suppress(OSError, AttributeError):
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        seconds = min(self._end - time.monotonic(), self._deadline.remaining)
        poll = select.poll()
        poll.register(self._sock, event)
        ready = seconds > 0 and poll.poll(seconds * 1000)
        self._deadline.check()
        if not ready:
            raise StepFailed(self._late)

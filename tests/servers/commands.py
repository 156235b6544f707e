"""The ``skrzynka`` command as tests run it: most start from a process that has everything loaded already.

Tests about its start, about a signal or a terminal start it for themselves.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKRZYNKA = str(Path(sys.executable).with_name("skrzynka"))
# What every command is told, and the process that forks them. Python reads some of the rest when it starts, such as
# PYTHONIOENCODING: whoever is told more than this and SKRZYNKA_* is started, not forked.
BARE = {"PATH": os.environ["PATH"]}

Ended = subprocess.CompletedProcess


def run(
    environment: Mapping[str, str],
    *arguments: str,
    given: str | bytes = "",
    stderr: int = subprocess.PIPE,
    program: str = SKRZYNKA,
    timeout: float = 60,
) -> Ended[str]:
    """Run the command, or another Python program, to its end with ``given`` on standard input.

    Standard error is returned unless it goes to an open file. Raises TimeoutExpired.
    """
    told = {**BARE, **environment}
    rest = {name: value for name, value in told.items() if not name.startswith("SKRZYNKA_")}
    way = forked if rest == BARE else started
    typed = given.encode() if isinstance(given, str) else given
    done = way([program, *arguments], environment=told, given=typed, stderr=stderr, timeout=timeout)
    said = None if done.stderr is None else done.stderr.decode()
    return Ended(done.args, done.returncode, done.stdout.decode(), said)


def started(
    command: Sequence[str], *, environment: Mapping[str, str], given: bytes, stderr: int, timeout: float
) -> Ended[bytes]:
    """Run a program that loads everything by itself."""
    options = {"cwd": ROOT, "env": environment, "stdout": subprocess.PIPE, "stderr": stderr}
    return subprocess.run(command, input=given, timeout=timeout, check=False, **options)


def forked(
    command: Sequence[str], *, environment: Mapping[str, str], given: bytes, stderr: int, timeout: float
) -> Ended[bytes]:
    """Run a program that finds everything loaded."""
    (stdin, typing), (printed, stdout), (said, piped) = os.pipe(), os.pipe(), os.pipe()
    try:
        streams = [stdin, stdout, piped if stderr == subprocess.PIPE else stderr]
        # Who is deaf to Ctrl-C hands that down.
        deaf = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
        order = {"command": command, "environment": environment, "folder": str(ROOT), "deaf": deaf}
        process = forker().fork(streams, order)
    finally:
        for descriptor in (stdin, stdout, piped):
            os.close(descriptor)
    with process, ThreadPoolExecutor(3) as threads:
        writing = threads.submit(write, typing, given)
        reading = [threads.submit(read, descriptor) for descriptor in (printed, said)]
        code = outcome(process, command, timeout)
        writing.result()
        out, err = (each.result() for each in reading)
    return Ended(command, code, out, err if stderr == subprocess.PIPE else None)


def outcome(process: socket.socket, command: Sequence[str], timeout: float) -> int:
    """Wait for the end of a command and return its exit code. Raises TimeoutExpired."""
    with process.makefile() as news:
        pid = news.readline()
        assert pid, "the process that forks commands has ended"
        process.settimeout(timeout)
        try:
            return int(news.readline())
        except BaseException as error:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
            if isinstance(error, TimeoutError):
                raise subprocess.TimeoutExpired(command, timeout) from error
            raise


def write(descriptor: int, given: bytes) -> None:
    """Write to a pipe and close it; who is at the other end need not listen."""
    with suppress(BrokenPipeError), os.fdopen(descriptor, "wb") as pipe:
        pipe.write(given)


def read(descriptor: int) -> bytes:
    """Return everything that comes out of a pipe, and close it."""
    with os.fdopen(descriptor, "rb") as pipe:
        return pipe.read()


class Forker:
    """The process that forks commands."""

    def __init__(self) -> None:
        self._door, inside = socket.socketpair()
        with inside:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.servers.forking", str(inside.fileno())],
                cwd=ROOT,
                env=BARE,
                stdin=subprocess.DEVNULL,
                pass_fds=[inside.fileno()],
                # Ctrl-C is for the tests.
                start_new_session=True,
            )

    def fork(self, streams: Sequence[int], order: Mapping[str, object]) -> socket.socket:
        """Fork a command with these standard streams. It answers with its pid, and at its end with its exit code."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._door, [b"."], [theirs.fileno(), *streams])
        ours.sendall(f"{json.dumps(order)}\n".encode())
        return ours

    def end(self) -> None:
        """Stop it."""
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._process.wait(timeout=20)


@cache
def forker() -> Forker:
    """Return the one of this session, started when it is needed first."""
    return Forker()


def end() -> None:
    """Stop what was started for the session."""
    if forker.cache_info().currsize:
        forker().end()
        forker.cache_clear()

"""Workers made to be killed: a process that has everything loaded forks one for each order.

The orders stand on its standard input, a line each. It answers with the worker's pid, and at the worker's end with how
that came about.
"""

import base64
import contextlib
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy.orm import configure_mappers

from app.mail.dial import AllowRule, NetworkRules
from app.models.database import engine_for
from app.vault import Vault
from tests.servers.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]

# What a worker does: the database's URL, the vault, what it may dial, and the words of its order.
Work = Callable[[str, Vault, NetworkRules, list[str]], None]


class Workers:
    """Starts workers, waits for them and kills them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(self, order: str) -> int:
        """Fork a worker and return its pid."""
        assert self._process.poll() is None, f"the process that forks workers has ended: {self._process.returncode}"
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
        return int(self._hear())

    def wait(self) -> bool:
        """Wait for the end of the worker and return whether it was killed."""
        word = self._hear()
        assert word in ("ended", "killed")
        return word == "killed"

    def run(
        self, order: str, *, kill_after: float | None = None, counted_from: Callable[[], bool] = lambda: True
    ) -> None:
        """Start a worker, and kill it so many seconds after ``counted_from`` came true, or let it end by itself."""
        child = self.start(order)
        if kill_after is not None:
            wait_until(counted_from, "what the blow is counted from")
            # Not a wait for something to happen: the moment of the blow is what the test is about.
            time.sleep(kill_after)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.wait()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")


@contextlib.contextmanager
def workers(module: str, url: str, vault: Vault, *ports: int) -> Iterator[Workers]:
    """Load the process that forks workers: ``module``, which has to ``serve``. They may dial ``ports`` on loopback."""
    key = base64.b64encode(vault.keys[vault.current]).decode()
    command = [sys.executable, "-m", module, url, f"{vault.current}={key}", ",".join(map(str, ports))]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Workers(process)
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()


def serve(work: Work) -> None:
    """Be that process: have a child do ``work`` for each order."""
    url, key, ports = sys.argv[1:]
    name, _, secret = key.partition("=")
    vault = Vault({name: base64.b64decode(secret)})
    loopback = (AllowRule.parse("127.0.0.0/8:*"),)
    rules = NetworkRules(allow=loopback, ports=frozenset(int(port) for port in ports.split(",")))
    # What the first use of a database loads was most of the time that a worker took.
    configure_mappers()
    engine_for(url).connect().close()
    gc.freeze()
    for order in sys.stdin:
        child = os.fork()
        if not child:
            try:
                work(url, vault, rules, order.split())
            finally:
                os._exit(0)
        _say(str(child))
        _pid, status = os.waitpid(child, 0)
        _say("killed" if os.WIFSIGNALED(status) else "ended")


def _say(word: str) -> None:
    # Read at once by whoever waits for it.
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()

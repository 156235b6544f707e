"""Workers that can be killed or stopped at any moment, and a server that counts what it has taken."""

import base64
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from app import clock, sending
from app.models import MessageState, OutgoingMessage
from tests.fakes.mail_server import Peer, smtp
from tests.integration.sending.conftest import Writer
from tests.servers.waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]
# Each answer takes this long, so that there is something between two of them to be killed in.
ANSWER_SECONDS = 0.004


class Taken:
    """A server that takes everything, a little slowly, and counts the messages that it has taken whole.

    ``before`` is called with each command before its answer, and with a dot before the answer to the content. While it
    is ``busy`` it puts recipients off.
    """

    def __init__(self) -> None:
        self.ids: Counter[str] = Counter()
        self.before: Callable[[str], None] = lambda _word: None
        self.busy = False

    def slowly(self, word: str, reply: bytes):
        def answer(peer: Peer) -> None:
            said = b"450 4.2.1 later\r\n" if self.busy and word == "RCPT" else reply
            self.before(word)
            time.sleep(ANSWER_SECONDS)
            peer.send(said)

        return answer

    def take(self, peer: Peer) -> None:
        self.before("DATA")
        time.sleep(ANSWER_SECONDS)
        peer.send(b"354 go ahead\r\n")
        lines = []
        while (line := peer.readline()) != b"." and not peer.gone:
            lines.append(line)
        if line != b".":
            return
        # From here on the message will arrive, whether or not anybody hears the answer.
        self.ids[next(it for it in lines if it.startswith(b"Message-ID:")).decode().split()[1]] += 1
        self.before(".")
        time.sleep(ANSWER_SECONDS)
        peer.send(b"250 2.0.0 queued\r\n")

    def script(self):
        words = {"EHLO": b"250-x\r\n250-PIPELINING\r\n250 AUTH PLAIN\r\n", "AUTH": b"235 ok\r\n"}
        words |= dict.fromkeys(("MAIL", "RCPT", "RSET"), b"250 ok\r\n")
        return smtp(replies={name: self.slowly(name, reply) for name, reply in words.items()} | {"DATA": self.take})


class Workers:
    """Forks workers and kills them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(
        self,
        what: str,
        message_id: str,
        *,
        kill_after: float | None = None,
        counted_from: Callable[[], bool] = lambda: True,
    ) -> None:
        child = self.start(what, message_id)
        if kill_after is not None:
            wait_until(counted_from, "what the blow is counted from")
            # Not a wait for something to happen: the moment of the blow is what the test is about.
            time.sleep(kill_after)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.wait()

    def start(self, what: str, message_id: str) -> int:
        """Fork a worker and return its pid."""
        assert self._process.poll() is None, f"the process that forks workers has ended: {self._process.returncode}"
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{what} {message_id}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def wait(self) -> None:
        """Wait for the end of the worker."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ended\n"


@contextlib.contextmanager
def workers(writer: Writer, *ports: int) -> Iterator[Workers]:
    """Load a process that forks workers."""
    key = base64.b64encode(writer.vault.keys["k1"]).decode()
    command = [sys.executable, "-m", "tests.integration.sending.worker", writer.url, key, ",".join(map(str, ports))]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Workers(process)
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()


def pass_time(writer: Writer, *messages: OutgoingMessage) -> None:
    """Let the leases of a dead worker end, and sweep."""
    writer.session.rollback()
    past = clock.now() - timedelta(minutes=1)
    for message in messages:
        row = writer.session.get_one(OutgoingMessage, message.id)
        if row.lease_until is not None:
            row.lease_until = past
        if row.copy_lease_until is not None:
            row.copy_lease_until = past
        row.due_at = past if row.state is MessageState.QUEUED else row.due_at
    writer.session.commit()
    sending.give_up_lost(writer.session, now=clock.now())
    writer.session.commit()


def state_of(writer: Writer, message: OutgoingMessage) -> str:
    writer.session.rollback()
    writer.session.refresh(message)
    return str(message.state)

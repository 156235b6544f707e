"""Workers that send and can be killed or stopped at any moment, and a server that counts what it has taken."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from app import clock, sending
from app.models import MessageState, OutgoingMessage
from tests.fakes.mail_server import Peer, smtp
from tests.integration.sending.conftest import Writer
from tests.integration.workers import Workers, workers

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


def senders(writer: Writer, *ports: int) -> AbstractContextManager[Workers]:
    """Load a process that forks workers which may dial ``ports``."""
    return workers("tests.integration.sending.worker", writer.url, writer.vault, *ports)


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

"""Workers killed at any moment of a sending: no message is lost, none arrives twice, and the rest is called uncertain.

``SKRZYNKA_KILLS`` says how many blows fall (``make kills``: 200), spread over all the time that a sending takes.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from app import accounts, clock
from app.mail.deadline import Deadline
from app.models import CopyState, OutgoingMessage
from tests.fakes.mail_server import serving
from tests.integration.sending.conftest import Writer
from tests.integration.sending.workers import Taken, pass_time, senders, state_of
from tests.integration.workers import Workers
from tests.servers.fixtures import OTHER_USER, PASSWORD, USER

KILLS = int(os.environ.get("SKRZYNKA_KILLS", "36"))
# So many travel over one connection: what came of one is written down while the next one is offered already.
TOGETHER = 3
# A whole conversation: the answers of opening it, four for each message, and what stands between them.
TALK_SECONDS = 0.2


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
def server(taken: Taken):
    with serving(taken.script()) as server:
        yield server


@pytest.fixture
def killed_senders(writer: Writer, server) -> Iterator[Workers]:
    with senders(writer, server.port) as workers:
        yield workers


def test_no_message_is_lost_and_none_arrives_twice(writer: Writer, server, taken: Taken, killed_senders: Workers):
    account = writer.account(server.port, smtp_host="127.0.0.1")
    length = time_of_some(writer, account, killed_senders)
    chance = random.Random(112)
    found: Counter[str] = Counter()
    for number in range(KILLS):
        messages = [fresh(writer, account, number) for _ in range(TOGETHER)]
        came = server.connections
        if number % 2:
            # Anywhere between the first connection and the last word, however slow the machine is just now.
            after, start = chance.uniform(0, TALK_SECONDS), lambda came=came: server.connections > came
        else:
            after, start = (number + chance.random()) / KILLS * length, lambda: True
        killed_senders.run(f"send {messages[0].id}", kill_after=after, counted_from=start)
        seen = [state_of(writer, message) for message in messages]
        found.update(seen)
        assert seen.count("sending") <= 2, "one is on its way, and what came of the one before may not be written yet"
        bring_home(writer, killed_senders, messages)
        for message, before in zip(messages, seen, strict=True):
            final, copies = state_of(writer, message), taken.ids[message.message_id]
            assert (final, copies) in (("sent", 1), ("uncertain", 0), ("uncertain", 1)), (number, seen, final, copies)
            if before != "sending":
                assert (final, copies) == ("sent", 1), "only what was being sent may be uncertain"
    assert max(taken.ids.values()) == 1
    assert found["queued"], f"no blow fell before the content left: {found}"
    assert found["sending"], f"no blow fell while the content was on its way: {found}"


def test_a_copy_is_filed_once_however_often_its_worker_is_killed(writer: Writer, receiving_dovecot, delivering_postfix):
    writer.now = clock.now()
    account = writer.account(
        delivering_postfix.tls_port,
        receiving_dovecot.tls_port,
        "tls",
        smtp_host="127.0.0.1",
        imap_host="127.0.0.1",
        imap_username=USER,
        imap_password=PASSWORD,
        fast_mode=True,
    )
    chance = random.Random(9)
    with senders(writer, delivering_postfix.tls_port, receiving_dovecot.tls_port) as filer:
        for number in range(max(8, KILLS // 6)):
            message = writer.send(fresh(writer, account, number, OTHER_USER))
            assert message.copy_state is CopyState.PENDING
            filer.run(f"copy {message.id}", kill_after=chance.uniform(0, 0.1))
            pass_time(writer, message)
            for _ in range(2):
                filer.run(f"copy {message.id}")
            writer.session.refresh(message)
            assert message.copy_state is CopyState.DONE
            assert copies_of(writer, account, message) == 1


def copies_of(writer: Writer, account, message: OutgoingMessage) -> int:
    details = accounts.details_of(account, writer.vault)
    with Deadline(20) as deadline:
        opening = writer.filing_tools.open_mailbox(details.imap, fast_mode=True, deadline=deadline)
        with opening as box:
            client = box._session.client
            client.select_folder("Wysłane", readonly=True)
            return len(client.search(["HEADER", "MESSAGE-ID", message.message_id]))


def bring_home(writer: Writer, workers: Workers, messages: list[OutgoingMessage]) -> None:
    """Sweep and send, as the sweep and the next worker do, again and again."""
    pass_time(writer, *messages)
    for message in (*messages, messages[0]):
        workers.run(f"send {message.id}")
        pass_time(writer, *messages)


def time_of_some(writer: Writer, account, workers: Workers) -> float:
    """Return how long sending some takes here and now."""
    times = []
    for number in range(3):
        messages = [fresh(writer, account, -1 - number) for _ in range(TOGETHER)]
        began = time.monotonic()
        workers.run(f"send {messages[0].id}")
        times.append(time.monotonic() - began)
        assert {state_of(writer, message) for message in messages} == {"sent"}
    return sorted(times)[1]


def fresh(writer: Writer, account, number: int, to: str = "jan@firma.test") -> OutgoingMessage:
    writer.now = clock.now()
    return writer.write(account, to, subject=f"Round {number}", files=(("x.bin", b"x" * 100_000),))

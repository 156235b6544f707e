"""A worker that is stopped, outlives its lease, and goes on: it neither sends nor writes what is another's by now."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from queue import Queue

import pytest
from sqlalchemy import inspect

from app import sending
from app.models import OutgoingMessage
from tests.fakes.mail_server import serving
from tests.integration.sending.conftest import Writer
from tests.integration.sending.workers import Taken, pass_time, senders, state_of
from tests.integration.workers import Workers
from tests.servers.waiting import wait_until


class Stop:
    """Stops the first worker where the server is about to answer ``word``, the first time or ``later``."""

    def __init__(self, taken: Taken, word: str, *, later: int = 0) -> None:
        self.workers: Queue[int] = Queue()
        self.happened = threading.Event()
        self._word = word
        self._later = later
        taken.before = self._stop

    def _stop(self, word: str) -> None:
        if word != self._word or self.happened.is_set():
            return
        self._later -= 1
        if self._later < 0:
            os.kill(self.workers.get(timeout=20), signal.SIGSTOP)
            self.happened.set()


@contextmanager
def stopped(stop: Stop, workers: Workers, message: OutgoingMessage) -> Iterator[None]:
    """Start a worker, wait until it has been stopped, and let it go on at the end."""
    pid = workers.start(f"send {message.id}")
    stop.workers.put(pid)
    try:
        wait_until(stop.happened.is_set, "the stop")
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
    workers.wait()


@contextmanager
def two_workers(writer: Writer, port: int) -> Iterator[tuple[Workers, Workers]]:
    with senders(writer, port) as first, senders(writer, port) as second:
        yield first, second


@pytest.fixture
def taken() -> Taken:
    return Taken()


def test_stopped_before_the_content_it_sends_nothing_that_another_one_has_had_in_hand(writer: Writer, taken: Taken):
    # At the second message: what came of the first one is written by then.
    stop = Stop(taken, "RCPT", later=1)
    with serving(taken.script()) as server, two_workers(writer, server.port) as (first, second):
        account = writer.account(server.port, smtp_host="127.0.0.1")
        messages = [writer.write(account, subject=f"Number {number}") for number in range(3)]
        with stopped(stop, first, messages[0]):
            assert states_of(writer, messages) == ["sent", "queued", "queued"]
            pass_time(writer, *messages)
            taken.busy = True
            second.run(f"send {messages[1].id}")
            taken.busy = False
            before = [rows_of(writer, each) for each in messages]
        # The server would have taken them now. They are queued as before, but for the time that the second one chose.
        assert [rows_of(writer, each) for each in messages] == before
        assert [taken.ids[each.message_id] for each in messages] == [1, 0, 0]
        pass_time(writer, *messages)
        second.run(f"send {messages[1].id}")
        assert states_of(writer, messages) == ["sent", "sent", "sent"]
        assert [taken.ids[each.message_id] for each in messages] == [1, 1, 1]


@pytest.mark.parametrize("word", ["DATA", "."])
def test_stopped_while_the_content_leaves_nobody_else_sends_it_and_the_answer_counts(
    writer: Writer, taken: Taken, word: str
):
    stop = Stop(taken, word)
    with serving(taken.script()) as server, two_workers(writer, server.port) as (first, second):
        message = writer.write(writer.account(server.port, smtp_host="127.0.0.1"))
        with stopped(stop, first, message):
            assert state_of(writer, message) == "sending"
            pass_time(writer, message)
            assert state_of(writer, message) == "uncertain"
            second.run(f"send {message.id}")
            assert server.connections == 1
        # It heard what nobody else could.
        assert (state_of(writer, message), taken.ids[message.message_id]) == ("sent", 1)


def test_stopped_and_sent_again_by_a_person_it_says_nothing_about_the_other_try(writer: Writer, taken: Taken):
    stop = Stop(taken, ".")
    with serving(taken.script()) as server, two_workers(writer, server.port) as (first, second):
        message = writer.write(writer.account(server.port, smtp_host="127.0.0.1"))
        with ExitStack() as other_try:
            with stopped(stop, first, message):
                pass_time(writer, message)
                sending.retry(writer.session, message, despite_uncertainty=True, now=writer.now)
                writer.session.commit()
                other_try.enter_context(stopped(Stop(taken, "DATA"), second, message))
                before = rows_of(writer, message)
            # The server has said yes to the first one; what becomes of the second one is open.
            assert rows_of(writer, message) == before
            assert state_of(writer, message) == "sending"
        # The person was told that it may arrive twice.
        assert (state_of(writer, message), taken.ids[message.message_id]) == ("sent", 2)


def states_of(writer: Writer, messages: list[OutgoingMessage]) -> list[str]:
    return [state_of(writer, each) for each in messages]


def rows_of(writer: Writer, message: OutgoingMessage) -> list[list[object]]:
    """Return everything that is stored of a message and its recipients."""
    state_of(writer, message)
    columns = [(row, inspect(row).mapper.column_attrs) for row in (message, *message.recipients)]
    return [[getattr(row, column.key) for column in its] for row, its in columns]

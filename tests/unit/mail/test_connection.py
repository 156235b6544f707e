"""Lines as a connection puts them together out of what comes from the network."""

import socket
import time
from collections.abc import Callable, Iterator

import pytest

from app.mail.awaited import Awaited
from app.mail.connection import Connection
from app.mail.deadline import Deadline

LONG = 512 * 1024


class Pieces(Connection):
    """A connection on which bytes come a few at a time."""

    def __init__(self, sock: socket.socket, deadline: Deadline, data: bytes, size: int) -> None:
        super().__init__(sock, deadline)
        self._pieces: Iterator[bytes] = (data[at : at + size] for at in range(0, len(data), size))

    def receive_raw(self) -> bytes:
        return next(self._pieces, b"")


@pytest.fixture
def coming() -> Iterator[Callable[..., Pieces]]:
    """Let bytes come, so many at a time."""
    ours, theirs = socket.socketpair()
    with ours, theirs, Deadline(60) as deadline:
        yield lambda data, size: Pieces(ours, deadline, data, size)


def seconds_for(connection: Pieces, lines: int) -> float:
    """Return how long it takes to read so many lines."""
    began = time.process_time()
    for _ in range(lines):
        connection.readline(LONG + 1)
    return time.process_time() - began


def test_a_long_line_that_comes_byte_by_byte_costs_no_more_than_short_ones(coming):
    short = seconds_for(coming((b"x" * 62 + b"\r\n") * (LONG // 64), 1), LONG // 64)
    long = seconds_for(coming(b"x" * (LONG - 2) + b"\r\n", 1), 1)
    # Searched anew after each byte, it is six times that.
    assert long < 2 * short


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_lines_are_the_same_however_they_come(coming, size):
    connection = coming(b"* a\r\n\n* \r b\n" + b"c" * 100 + b"\r\n", size)
    assert [connection.readline() for _ in range(4)] == [b"* a\r\n", b"\r\n", b"* \r b\r\n", b"c" * 100 + b"\r\n"]


class Counting(bytearray):
    """A buffer that counts the bytes among which something is searched."""

    searched = 0

    def find(self, what: bytes, start: int = 0, end: int | None = None) -> int:
        found = super().find(what, start, len(self) if end is None else end)
        self.searched += (found if found >= 0 else len(self) if end is None else end) - start
        return found


def until_there(connection: Pieces, awaited: Awaited) -> int:
    """Take in what comes until all of it is there, and return how many bytes were searched on the way."""
    buffer = connection._buffer = Counting()
    while not connection.take_in(awaited):
        pass
    return buffer.searched


@pytest.mark.parametrize(
    "data",
    [b"* " + b"x" * LONG + b"\r\nA1 OK\r\n", (b"* a\r\n" * (LONG // 5)) + b"A1 OK\r\n"],
    ids=["a long line", "many lines"],
)
def test_what_drips_in_while_an_answer_is_awaited_is_searched_twice_at_most(coming, data):
    # Once for the ends of lines, once for their first words.
    assert until_there(coming(data, 1000), Awaited([b"A1"])) <= 2 * len(data)


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_an_answer_is_there_when_each_of_its_ends_is_a_whole_line(coming, size):
    data = b"* A1 OK\r\nA1\r\nA10 OK\r\nxA1 OK\r\nA2 OK a\r\nA1 OK\r\n* b"
    connection = coming(data, size)
    until_there(connection, Awaited([b"A1", b"A2"]))
    assert len(connection._buffer) >= data.index(b"A1 OK\r\n*") + 7
    assert connection._buffer == data[: len(connection._buffer)]
    assert not coming(data[:-4], len(data)).take_in(Awaited([b"A1", b"A2"])), "its last line is not whole"
    assert coming(data, len(data)).take_in(Awaited([])), "nothing is awaited"

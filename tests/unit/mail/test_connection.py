"""Lines as a connection puts them together out of what comes from the network."""

import socket
import time
from collections.abc import Callable, Iterator

import pytest

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

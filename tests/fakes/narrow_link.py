"""A line to a server on loopback through which only so many bytes a second come back."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_BLOCK = 16 * 1024


@contextmanager
def narrow_link(port: int, server: int, bytes_per_second: int) -> Iterator[None]:
    """Listen on ``port`` and lead to the server on the port ``server``."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        threading.Thread(target=_accept, args=(listening, server, bytes_per_second), daemon=True).start()
        yield
        # Whoever waits in accept() has to be woken: closing alone does not do it.
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket, server: int, bytes_per_second: int) -> None:
    with suppress(OSError):
        while True:
            client, _address = listening.accept()
            behind = socket.create_connection(("127.0.0.1", server))
            for one, other, limit in ((client, behind, 0), (behind, client, bytes_per_second)):
                threading.Thread(target=_carry, args=(one, other, limit), daemon=True).start()


def _carry(one: socket.socket, other: socket.socket, bytes_per_second: int) -> None:
    with suppress(OSError):
        while data := one.recv(_BLOCK):
            if bytes_per_second:
                time.sleep(len(data) / bytes_per_second)
            other.sendall(data)
    for end in (one, other):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)

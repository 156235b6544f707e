"""An address where whoever dials is never answered."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def black_hole(port: int, address: str = "127.0.0.2") -> Iterator[str]:
    """Fill the queue of a listener on another loopback address: whoever dials it next is never answered."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((address, port))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((address, port))
        yield address

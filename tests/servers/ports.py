"""Free ports on loopback."""

import os
import random
import socket
from contextlib import ExitStack

# Below those that the system gives to clients (on Linux from 32768 on): one of them may be given away between now and
# its use. Each pytest process has some of its own, for the same reason.
FIRST, EACH = 10240, 2048


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on just now, all different."""
    found: list[int] = []
    with ExitStack() as stack:
        while len(found) < count:
            sock = stack.enter_context(socket.socket())
            port = random.choice(_own())
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue  # somebody has it, we ourselves perhaps
            found.append(port)
    return found


def bindable(port: int) -> bool:
    """Return whether this process may listen at ``port``, and nobody does."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _own() -> range:
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
    return range(FIRST + number * EACH, FIRST + (number + 1) * EACH)

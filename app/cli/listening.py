"""The socket on which the web server listens, bound by the supervisor: a taken port is known before anything starts."""

import errno
import os
import socket

from app.cli.problems import Problem


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on ``host`` and ``port``. Raises Problem with one line that says what to change."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise Problem(f"SKRZYNKA_HOST={host} is not an address of this machine.") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    # Connections of the last run that are still winding down do not count as a taken port.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise Problem(_why(error, host, port)) from error
    return listener


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken on {host}; choose another one: SKRZYNKA_PORT={port + 1} make run"
    if error.errno == errno.EACCES:
        return f"Port {port} may not be opened; choose one above 1023 with SKRZYNKA_PORT."
    return f"Cannot listen on {host}, port {port} (SKRZYNKA_HOST, SKRZYNKA_PORT): {os.strerror(error.errno or 0)}."

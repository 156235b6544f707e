"""The process that forks commands: it has everything loaded, and runs none of them itself.

So no command sees anything of another. Each is a process like any other, with its own environment, folder, arguments
and streams, and it ends as Python ends.
"""

import gc
import json
import os
import runpy
import signal
import socket
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TextIO

from app.cli import COMMANDS

# They make other programs of themselves.
LEFT_OUT = ("run", "worker")
# What commands load only where a database is used.
LATE = ("alembic.command", "psycopg", "sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite", "sqlite3")


def serve(door: socket.socket) -> str:
    """Fork a process for each command that is wanted. Returns in each of them, with the program that it shall run."""
    while True:
        word, descriptors, _flags, _address = socket.recv_fds(door, 1, 4)
        # Not ignored: what they have used up counts for whoever measures the tests.
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not word:
            sys.exit()
        if not os.fork():
            door.close()
            return become(*descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def become(asker: int, *streams: int) -> str:
    """Fork the command, tell its pid, wait for it and tell how it ended. Returns in the command, with its program."""
    with socket.socket(fileno=asker) as told:
        with told.makefile() as orders:
            order = json.loads(orders.readline())
        pid = os.fork()
        if pid:
            for stream in streams:
                os.close(stream)
            told.sendall(f"{pid}\n".encode())
            _pid, status = os.waitpid(pid, 0)
            told.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
            os._exit(0)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = sys.__stdin__ = anew(sys.stdin)
    sys.stdout = sys.__stdout__ = anew(sys.stdout)
    sys.stderr = sys.__stderr__ = anew(sys.stderr)
    sys.stderr.reconfigure(line_buffering=True)
    os.chdir(order["folder"])
    # Python may have added to the rest when it started, as it does for every program.
    os.environ.update(order["environment"])
    sys.argv = order["command"]
    signal.signal(signal.SIGINT, signal.SIG_IGN if order["deaf"] else signal.default_int_handler)
    return sys.argv[0]


def anew(stream: TextIO) -> TextIO:
    """Return a standard stream as Python makes it at its start, when it sees where it leads."""
    made = open(  # noqa: SIM115  (it stays open)
        stream.fileno(), stream.mode, encoding=stream.encoding, errors=stream.errors, newline="\n", closefd=False
    )
    made.buffer.raw.name = stream.name
    return made


if __name__ == "__main__":
    # As it is for the programs that stand there.
    sys.path[0] = str(Path(sys.executable).parent)
    for name, (module, _attribute) in COMMANDS.items():
        if name not in LEFT_OUT:
            import_module(module)
    for module in LATE:
        import_module(module)
    assert threading.active_count() == 1, "what another thread holds would be held for ever in what is forked"
    # What is loaded stays: looking through it again took most of the time of a command.
    gc.collect()
    gc.freeze()
    runpy.run_path(serve(socket.socket(fileno=int(sys.argv[1]))), run_name="__main__")

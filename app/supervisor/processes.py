"""Starting child processes that do not outlive their parent."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

_PR_SET_PDEATHSIG = 1
# Loaded here, because between fork and exec nothing may be loaded.
_LIBC: Any = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None


def fork(target: Callable[[], int]) -> int:
    """Return the pid of a child that runs ``target`` and ends with the code that it returns.

    It has a session of its own, so that Ctrl-C reaches only the parent, and dies with the parent.
    """
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        die_with(parent)
        code = target()
    except Exception:  # noqa: BLE001  (the child must not come back into the parent's code)
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def execute(command: Sequence[str], *, environment: Mapping[str, str], log: Path, keep: Sequence[int] = ()) -> NoReturn:
    """Turn this (forked) process into ``command``; what it prints goes to ``log``, and only ``keep`` stays open."""
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for descriptor in keep:
        os.set_inheritable(descriptor, True)
    os.execve(command[0], list(command), dict(environment))  # noqa: S606  (the supervisor's own commands)


def die_with(parent: int) -> None:
    """Have this process killed when ``parent``, which started it, dies, however it dies. On Linux only."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:
            # It died in between.
            os.kill(os.getpid(), signal.SIGKILL)

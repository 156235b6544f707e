"""SQLite has one writer at a time: threads of one process wait for each other here, in order, and not by trying again.

SQLite's own waiting is sleeping and trying: of many writers some never find the door open, until they give up.
"""

import threading
from collections import deque
from typing import Any

from sqlalchemy import Engine, event

# Longer than all writers of a process together ever take; whoever has waited so long tries its luck with SQLite.
_PATIENCE_SECONDS = 120.0
_READS = ("SELECT", "PRAGMA", "EXPLAIN")
_TURN = "turn"


class Queue:
    """Hands out one turn after the other, first come, first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    def wait(self, seconds: float = _PATIENCE_SECONDS) -> bool:
        """Wait for a turn; False if it does not come in time."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(seconds):
            return True
        with self._lock:
            if mine.is_set():
                return True
            self._waiting.remove(mine)
            return False

    def end(self) -> None:
        """Let the next one have its turn."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


def let_writers_queue(engine: Engine) -> None:
    """Have each transaction of ``engine`` that writes wait for its turn, and keep it until its end."""
    turns = Queue()

    @event.listens_for(engine, "before_cursor_execute")
    def begin(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        info = connection.connection.info
        if not info.get(_TURN) and not statement.lstrip().upper().startswith(_READS):
            info[_TURN] = turns.wait()

    @event.listens_for(engine, "checkin")
    def end(_raw: Any, record: Any) -> None:
        if record.info.pop(_TURN, False):
            turns.end()

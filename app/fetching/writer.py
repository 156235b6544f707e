"""Storing while the next batch is on its way: one thread reads from the network, another one writes."""

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")


class Writer(Generic[T]):
    """Hands batches to ``work`` in a thread of its own, in order, one waiting at most.

    After a failure nothing more is done, and whoever hands over the next batch, or closes, hears of it.
    """

    def __init__(self, work: Callable[[T], None]) -> None:
        self._work = work
        self._queue: queue.Queue[T | None] = queue.Queue(maxsize=1)
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._end()
        # What went wrong first is what is told; what was read before it has been written all the same.
        if kind is None:
            self._raise()

    def put(self, batch: T) -> None:
        """Have ``batch`` worked on as soon as those before it are."""
        self._raise()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
            self._thread.start()
        self._queue.put(batch)

    def drain(self) -> None:
        """Wait until everything is done. Raises what went wrong."""
        self._end()
        self._raise()

    def _end(self) -> None:
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        while (batch := self._queue.get()) is not None:
            if self._failure is not None:
                continue
            try:
                self._work(batch)
            except BaseException as error:  # noqa: BLE001 -- it is raised again in the thread that reads
                self._failure = error

"""The list of steps of one side, kept and announced as they end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.mail.failures import StepFailed
from app.mail.result import Step, StepName


@dataclass(slots=True)
class Note:
    """What a running step has to say for itself."""

    detail: str | None = None


class Steps:
    """Finished steps, in order."""

    def __init__(self, announce: Callable[[Step], None]) -> None:
        self._announce = announce
        self._finished: list[Step] = []

    @property
    def finished(self) -> tuple[Step, ...]:
        """All steps that have ended."""
        return tuple(self._finished)

    @contextmanager
    def step(self, name: StepName, *, repeated: bool = False) -> Iterator[Note]:
        """Time a step, and record how it ended; a repeated one is only worth a word when it fails."""
        started = time.perf_counter()
        note = Note()
        try:
            yield note
        except StepFailed as failure:
            self._record(Step(name, False, _since(started), failure.detail))
            raise
        if not repeated:
            self._record(Step(name, True, _since(started), note.detail))

    def _record(self, step: Step) -> None:
        self._finished.append(step)
        self._announce(step)


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000

"""Asking several at once: each in a thread of its own, until it is settled who wins or the time is up."""

import queue
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from app.autodiscovery.ranking import Rule, Slot
from app.mail.deadline import Deadline
from app.mail.failures import Cancelled, StepFailed

T = TypeVar("T")
Asker = Callable[[Deadline], T | None]


def race(askers: Sequence[Asker[T]], deadline: Deadline, settled: Rule, seconds: float = 60.0) -> list[T | Slot | None]:
    """Return the answers in the order of ``askers``; what was still open when it was settled is cancelled.

    Nobody is given more than ``seconds``, nor more than ``deadline`` has left.
    """
    answers: list[T | Slot | None] = [Slot.OPEN] * len(askers)
    come: queue.SimpleQueue[tuple[int, T | None]] = queue.SimpleQueue()
    parts = [deadline.part(seconds) for _ in askers]
    for place, (asker, part) in enumerate(zip(askers, parts, strict=True)):
        # A daemon: who hangs in spite of everything must not keep the process alive.
        threading.Thread(target=_ask, args=(place, asker, part, come), name="source", daemon=True).start()
    try:
        while not settled(answers) and not deadline.over:
            try:
                place, answer = come.get(timeout=max(0.0, min(deadline.remaining, _LOOK_SECONDS)))
            except queue.Empty:
                continue
            answers[place] = answer
    finally:
        for part in parts:
            part.cancel()
    return answers


# How often somebody who waits looks whether the whole race was called off.
_LOOK_SECONDS = 0.5


def _ask(place: int, asker: Asker[T], part: Deadline, come: "queue.SimpleQueue[tuple[int, T | None]]") -> None:
    answer = None
    try:
        with part:
            answer = asker(part)
    except (StepFailed, Cancelled):
        pass
    finally:
        # Also if there is a mistake in a source: the others go on without it.
        come.put((place, answer))

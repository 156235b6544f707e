"""Asking several at once: each in a thread of its own, until it is settled who wins or the time is up."""

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from app.autodiscovery.ranking import Rule, Slot
from app.mail.deadline import Deadline
from app.mail.failures import Cancelled, StepFailed
from app.mail.outcomes import Outcome

T = TypeVar("T")
Asker = Callable[[Deadline], T | None]

# Who is still silent when so much is left has lost its rank: a dead web server must not hold back for the whole time
# what others know. If they know nothing, it is waited for all the same.
LATE_SECONDS = 3.0

# Nothing was said. All else is an answer, also "no such name" and "nobody listens here": asked again it is the same.
_SILENCE = frozenset(
    {
        Outcome.DNS_FAILURE,
        Outcome.CONNECT_TIMEOUT,
        Outcome.UNREACHABLE,
        Outcome.TIMEOUT_BANNER,
        Outcome.TIMEOUT_TLS,
        Outcome.TIMEOUT_OP,
        Outcome.TIMEOUT_TOTAL,
        Outcome.SERVER_CLOSED,
        Outcome.SERVER_BUSY,
    }
)


class Unheard(Exception):
    """Nothing came of asking, and somebody who was asked has not answered."""


def race(askers: Sequence[Asker[T]], deadline: Deadline, settled: Rule, seconds: float = 60.0) -> list[T | Slot | None]:
    """Return the answers in the order of ``askers``; what was still open when it was settled is cancelled.

    Nobody is given more than ``seconds``, nor quite as much as ``deadline`` has left. While no more than the last
    ``LATE_SECONDS`` of that are left (half of it, if it is short), what is open is late. An asker that raises
    StepFailed or Unheard has no answer.
    """
    late_at = min(LATE_SECONDS, deadline.remaining / 2)
    answers: list[T | Slot | None] = [Slot.OPEN] * len(askers)
    come: queue.SimpleQueue[tuple[int, T | Slot | None]] = queue.SimpleQueue()
    parts = [deadline.part(min(seconds, deadline.remaining * _SHARE)) for _ in askers]
    for place, (asker, part) in enumerate(zip(askers, parts, strict=True)):
        # A daemon: who hangs in spite of everything must not keep the process alive.
        threading.Thread(target=_ask, args=(place, asker, part, come), name="source", daemon=True).start()
    try:
        while not deadline.over:
            until_late = deadline.remaining - late_at
            if settled(answers if until_late > 0 else [Slot.LATE if it is Slot.OPEN else it for it in answers]):
                break
            wait = min(deadline.remaining, _LOOK_SECONDS, until_late if until_late > 0 else _LOOK_SECONDS)
            with suppress(queue.Empty):
                place, answer = come.get(timeout=wait)
                answers[place] = answer
    finally:
        for part in parts:
            part.cancel()
    return answers


def rule_out_silence(answers: Sequence[object]) -> None:
    """Raise Unheard if somebody was silent: that nothing came of ``answers`` says nothing then."""
    if any(isinstance(answer, Slot) for answer in answers):
        raise Unheard


# A race within a race ends a little earlier, so that what it has come to by then is still heard.
_SHARE = 0.98
# How often somebody who waits looks whether the whole race was called off.
_LOOK_SECONDS = 0.5


def _ask(place: int, asker: Asker[T], part: Deadline, come: "queue.SimpleQueue[tuple[int, T | Slot | None]]") -> None:
    answer: T | Slot | None = Slot.SILENT
    try:
        with part:
            found = asker(part)
        # Whoever was cut off has found nothing because of that.
        answer = Slot.SILENT if found is None and part.over else found
    except StepFailed as failure:
        answer = Slot.SILENT if part.over or failure.outcome in _SILENCE else None
    except (Unheard, Cancelled):
        pass
    finally:
        # Also if there is a mistake in a source: the others go on without it.
        come.put((place, answer))

"""Do these settings work? Both servers are tried at the same time, and every step is told as it ends."""

import queue
import threading
import time
from collections.abc import Generator, Iterable

from app.mail.deadline import Deadline
from app.mail.dial import NetworkRules
from app.mail.opening import trust_of
from app.mail.result import (
    Certificate,
    Fix,
    ProbeResult,
    SideFinished,
    SideResult,
    Step,
    StepFinished,
    StepName,
    StillWaiting,
)
from app.mail.settings import ProbeRequest, ServerSettings, Side
from app.mail.side import SideRun
from app.mail.standard_ports import STANDARD_SIBLINGS, Siblings
from app.mail.verdict import given_up

__all__ = [
    "Certificate",
    "Fix",
    "ProbeResult",
    "SideFinished",
    "SideResult",
    "Step",
    "StepFinished",
    "StepName",
    "StillWaiting",
    "collect",
    "probe",
]

TOTAL_SECONDS = 20.0
# A side that has not ended this long after its deadline is given up on; its thread may die by itself.
OVERTIME_SECONDS = 0.5
# How long nothing may happen before the caller is given a word.
TICK_SECONDS = 1.0

Event = StepFinished | SideFinished
Events = queue.SimpleQueue[Event]


def probe(
    request: ProbeRequest, network: NetworkRules, *, siblings: Siblings = STANDARD_SIBLINGS
) -> Generator[Event | StillWaiting]:
    """Try the servers and yield what happens, in the caller's thread, as it happens.

    Each side ends in exactly one SideFinished, within 20 seconds and at most one more. A StillWaiting comes at least
    every second; closing the iterator early ends both sides. ``siblings`` says which other port may be suggested for
    which.
    """
    events: Events = queue.SimpleQueue()
    sides = {
        side: _Running(side, settings, request=request, network=network, siblings=siblings, events=events)
        for side, settings in ((Side.IMAP, request.imap), (Side.SMTP, request.smtp))
        if settings is not None
    }
    end = time.monotonic() + TOTAL_SECONDS + OVERTIME_SECONDS
    try:
        while sides:
            try:
                event = events.get(timeout=max(0.0, min(TICK_SECONDS, end - time.monotonic())))
            except queue.Empty:
                if time.monotonic() >= end:
                    break
                yield StillWaiting()
                continue
            if event.side not in sides:
                continue
            if isinstance(event, SideFinished):
                del sides[event.side]
            yield event
        for side, running in list(sides.items()):
            yield SideFinished(side, given_up(tuple(running.steps)))
    finally:
        for running in sides.values():
            running.deadline.cancel()


def collect(events: Iterable[Event | StillWaiting]) -> ProbeResult:
    """Run a probe to its end and return the verdicts."""
    started = time.perf_counter()
    results = {event.side: event.result for event in events if isinstance(event, SideFinished)}
    elapsed = (time.perf_counter() - started) * 1000
    return ProbeResult(elapsed, results.get(Side.IMAP), results.get(Side.SMTP))


class _Running:
    """A side in its own thread."""

    def __init__(
        self,
        side: Side,
        settings: ServerSettings,
        *,
        request: ProbeRequest,
        network: NetworkRules,
        siblings: Siblings,
        events: Events,
    ) -> None:
        self.deadline = Deadline(TOTAL_SECONDS)
        self.steps: list[Step] = []
        self._events = events
        self._run = SideRun(
            side,
            settings,
            trust=trust_of(settings, request.fast_mode, network),
            rules=network,
            deadline=self.deadline,
            emit=self._tell,
            address=request.known_address,
            place=siblings[side].get(settings.port),
        )
        # A daemon: a thread that hangs in spite of everything must not keep the process alive.
        threading.Thread(target=self._work, name=f"probe-{side.value}", daemon=True).start()

    def _work(self) -> None:
        with self.deadline:
            self._run.run()

    def _tell(self, event: Event) -> None:
        if isinstance(event, StepFinished):
            self.steps.append(event.step)
        self._events.put(event)

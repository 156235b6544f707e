"""One measured figure and its bound."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, what came out, and what is allowed (neither bound: told beside another figure)."""

    what: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the figure is within its bound."""
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)

    def row(self) -> str:
        """Return the figure as a line of the table."""
        bounds = [
            f"{word} {bound:g} {self.unit}"
            for word, bound in (("at most", self.most), ("at least", self.least))
            if bound
        ]
        bound = " and ".join(bounds).strip()
        mark = ("yes" if self.holds else "**no**") if bounds else ""
        return f"| {self.what} | {self.value:.3g} {self.unit} | {bound} | {mark} |"


def interleaved(actions: Sequence[Callable[[], object]], rounds: int) -> list[list[float]]:
    """Run ``actions`` in turn and return the milliseconds of each; in turn, so that noise hits all alike."""
    times: list[list[float]] = [[] for _ in actions]
    for _ in range(rounds):
        for action, found in zip(actions, times, strict=True):
            started = perf_counter()
            action()
            found.append((perf_counter() - started) * 1000)
    return times


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)

"""What keeps a design from being saved."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from app.stationery import marker, placeholders
from app.stationery.render import images_named
from app.stationery.sanitise import sanitised

LONGEST = 60_000  # characters; mail programs cut messages off at about 100 kB
LONGEST_NAME = 100


class Problem(StrEnum):
    """What is wrong with a design."""

    TOO_LONG = "too_long"
    NO_MARKER = "no_marker"
    SEVERAL_MARKERS = "several_markers"
    MARKER_NOT_EMPTY = "marker_not_empty"
    MARKER_MISPLACED = "marker_misplaced"
    UNKNOWN_PLACEHOLDER = "unknown_placeholder"
    UNKNOWN_IMAGE = "unknown_image"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong; ``name`` is that of the placeholder or image that nobody knows."""

    problem: Problem
    name: str = ""


def faults(source: str, images: Collection[str]) -> tuple[Fault, ...]:
    """Return what is wrong with a design whose images have the names ``images``."""
    if len(source) > LONGEST:
        return (Fault(Problem.TOO_LONG),)
    html = sanitised(source)
    found = [Fault(problem) for problem in _marker_problems(html)]
    found += [Fault(Problem.UNKNOWN_PLACEHOLDER, name) for name in placeholders.unknown(html)]
    found += [Fault(Problem.UNKNOWN_IMAGE, name) for name in images_named(html) if name not in images]
    return tuple(found)


def _marker_problems(html: str) -> list[Problem]:
    frames = marker.frames(html)
    if len(frames) != 1:
        return [Problem.SEVERAL_MARKERS if frames else Problem.NO_MARKER]
    problems = []
    if not frames[0].is_well_placed:
        problems.append(Problem.MARKER_MISPLACED)
    if html[frames[0].start : frames[0].end].strip():
        problems.append(Problem.MARKER_NOT_EMPTY)
    return problems

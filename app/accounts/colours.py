"""Colours that tell accounts apart.

Twelve hues, each at least 3:1 against white and against the dark background of the pages (WCAG 2.2, 1.4.11), in an
order in which neighbours differ most.
"""

from collections.abc import Iterable

PALETTE: tuple[str, ...] = (
    "#2f74d0",
    "#c2562d",
    "#1f8a5b",
    "#a8478f",
    "#8a7416",
    "#0e8796",
    "#cf4360",
    "#7a62d3",
    "#5f8323",
    "#b06a1c",
    "#6b7a90",
    "#b3509f",
)


def unused(taken: Iterable[str]) -> str:
    """Return the first colour of the palette that is not taken, else the one that is taken least."""
    counts = dict.fromkeys(PALETTE, 0)
    for colour in taken:
        if colour in counts:
            counts[colour] += 1
    return min(counts, key=lambda colour: counts[colour])

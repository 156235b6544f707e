"""The content marker: the element with ``data-content``, which is the frame that holds a message's own text.

Written ``<div data-content></div>``; a table cell may be the frame as well. What is read here has been sanitised, so
its tags are well-formed, nested, and have every value in quotation marks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.stationery.sanitise import FRAME

TAG = re.compile(r"""<(/?)([a-z][a-z0-9]*)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*/?>""")
_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
_FRAMES = frozenset({"div", "td"})
# Inside anything else (a link, a list, a heading) the text of a message could close what is around it.
_AROUND = frozenset(
    {"article", "aside", "blockquote", "center", "div", "footer", "header", "main", "section"}
    | {"table", "tbody", "td", "tfoot", "th", "thead", "tr"}
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One element with the mark: where its content begins and ends, and what it stands in."""

    tag: str
    start: int
    end: int
    around: tuple[str, ...]

    @property
    def is_well_placed(self) -> bool:
        """Whether any text can stand in it without breaking out."""
        return self.tag in _FRAMES and _AROUND.issuperset(self.around)


def frames(html: str) -> list[Frame]:
    """Return the marked elements of sanitised ``html`` in the order in which they begin."""
    return sorted(_frames(html), key=lambda frame: frame.start)


def put(html: str, content: str) -> str:
    """Return sanitised ``html`` with ``content`` inside its frame."""
    frame = frames(html)[0]
    return html[: frame.start] + content + html[frame.end :]


def _frames(html: str) -> Iterator[Frame]:
    opened: list[tuple[str, bool, int]] = []
    for found in TAG.finditer(html):
        closes, tag, attributes = found.groups()
        if tag in _VOID:
            continue
        if not closes:
            opened.append((tag, f" {FRAME}=" in attributes, found.end()))
            continue
        tag, is_frame, start = opened.pop()
        if is_frame:
            yield Frame(tag, start, found.start(), tuple(tag for tag, _is_frame, _start in opened))

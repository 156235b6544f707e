"""Strangers' HTML, before it is parsed: nested well, not too deep, and with few formatting elements open at a time.

A parser follows what the standard says about broken HTML, and opens each element that was not closed again in each
paragraph that follows: some kilobytes become gigabytes. What leaves here leaves the parser nothing to mend. One pass,
linear in the length; it is no sanitiser, and makes nothing safe to be shown.
"""

import itertools
import re
from html import escape

DEEPEST = 100
MOST_FORMATTING = 20
MOST_TAGS = 20_000
LONGEST_ATTRIBUTES = 4000
_TOKEN = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*+)"
    r"(?P<attributes>(?:[^>=]|=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+)*+)(?:>|\Z)"
    r"|<[!?/][^>]*+(?:>|\Z)|(?P<text>[^<]++|<)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>]++)))?+")
# What stands in them is no HTML, and is not shown.
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])[^>]*+>?", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_FORMATTING = frozenset(
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"]
)
_INLINE = _FORMATTING | frozenset(
    ["abbr", "bdi", "cite", "del", "ins", "kbd", "mark", "q", "samp", "span", "sub", "sup", "var", "label"]
)
_CELLS = frozenset(("td", "th"))
_ROWS = _CELLS | {"tr"}
_SECTIONS = _ROWS | {"tbody", "thead", "tfoot", "caption", "colgroup"}
_TABLES = _SECTIONS | {"table"}
# What an element ends by its beginning.
_ENDS = {
    "li": frozenset(("li",)),
    "dd": frozenset(("dd", "dt")),
    "dt": frozenset(("dd", "dt")),
    "td": _CELLS,
    "th": _CELLS,
    "tr": _ROWS,
    **dict.fromkeys(("tbody", "thead", "tfoot", "caption", "colgroup"), _SECTIONS),
    **dict.fromkeys((f"h{level}" for level in range(1, 7)), frozenset(f"h{level}" for level in range(1, 7))),
}
# Nothing reaches out of these.
_WALLS = frozenset(("table", "ul", "ol", "dl"))


class _Tree:
    """The elements that are open, and what was written so far."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self._open: list[str] = []
        self._formatting = 0
        self._tags = 0

    def begin(self, name: str, attributes: str) -> None:
        self._make_room(name)
        full = name not in _VOID and len(self._open) >= DEEPEST
        if full or self._tags >= MOST_TAGS or (name in _FORMATTING and self._formatting >= MOST_FORMATTING):
            return
        self._tags += 1
        self.written.append(f"<{name}{_rewritten(attributes)}>")
        if name not in _VOID:
            self._open.append(name)
            self._formatting += name in _FORMATTING

    def end(self, names: frozenset[str], walls: frozenset[str]) -> None:
        """Close the innermost of ``names`` within the walls, with all that is open in it."""
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at] in names:
                self._close_from(at)
                return
            if self._open[at] in walls:
                return

    def finish(self) -> str:
        self._close_from(0)
        return "".join(self.written)

    def _make_room(self, name: str) -> None:
        if name == "a":
            self.end(frozenset(("a",)), _WALLS | _CELLS)
        elif name not in _INLINE and name not in _VOID:
            self.end(frozenset(("p",)), _WALLS | _CELLS)
        if name in _SECTIONS:
            # What strays between the cells is moved before the table, and would be opened again in each of them.
            strays = len(list(itertools.takewhile(lambda each: each not in _TABLES, reversed(self._open))))
            if strays < len(self._open):
                self._close_from(len(self._open) - strays)
        if name in _ENDS:
            self.end(_ENDS[name], _WALLS)

    def _close_from(self, at: int) -> None:
        for name in reversed(self._open[at:]):
            self.written.append(f"</{name}>")
            self._formatting -= name in _FORMATTING
        del self._open[at:]


def tamed(html: str) -> str:
    """Return ``html`` nested well, with nothing in it that is no element or text."""
    tree, at = _Tree(), 0
    while found := _TOKEN.match(html, at):
        at = found.end()
        if text := found["text"]:
            tree.written.append("&lt;" if text == "<" else text)
        if not found["name"]:
            continue
        name = found["name"].lower()
        if name == "plaintext":
            break
        if raw := _RAW.get(name):
            closed = None if found["end"] else raw.search(html, at)
            at = at if found["end"] else len(html) if closed is None else closed.end()
        elif not name.isalnum() or not name.isascii():
            continue
        elif found["end"]:
            tree.end(frozenset((name,)), _WALLS | _CELLS if name not in _WALLS | _SECTIONS else _WALLS - {name})
        else:
            tree.begin(name, found["attributes"])
    return tree.finish()


def _rewritten(attributes: str) -> str:
    said = []
    for name, *values in _ATTRIBUTE.findall(attributes[:LONGEST_ATTRIBUTES]):
        value = "".join(values).replace('"', "&quot;").replace("<", "&lt;")
        said.append(f' {escape(name)}="{value}"')
    return "".join(said)

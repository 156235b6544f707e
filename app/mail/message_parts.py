"""The parts of a message, found by searching for their boundaries: nothing is decoded, and no file is held."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.mail.content import Content
from app.mail.headers import Headers, end_of

# A header block that is longer is read this far.
LONGEST_HEADERS = 256 * 1024
FIRST_LOOK = 16 * 1024
_PART_LOOK = 8 * 1024
_DEEPEST = 20
_MOST_PARTS = 1000


@dataclass(frozen=True, slots=True)
class Part:
    """A part that has no parts itself: its headers, and where they, and its encoded content, begin and end."""

    headers: Headers
    start: int
    stop: int
    begin: int = 0


@dataclass(slots=True)
class Parts:
    """Walks over a message; ``flawed``: something in it was broken."""

    content: Content
    flawed: bool = False
    _count: int = 0

    def walk(self, headers: Headers, start: int, stop: int, depth: int = 0, begin: int = 0) -> Iterator[Part]:
        """Yield the parts, in their order, of what has these headers."""
        self._count += 1
        if not headers.media_type.startswith("multipart/"):
            yield Part(headers, start, stop, begin)
            return
        line = b"\n--" + (headers.boundary or b"")
        # The first boundary may follow the headers without an empty line in between.
        at = self.content.find(line, max(0, start - 1), stop) if headers.boundary else -1
        if at < 0 or depth >= _DEEPEST:
            self.flawed = True
            # Nobody can take it apart, and its text may be read all the same.
            yield Part(Headers(b""), start, stop)
            return
        for part_start, part_stop in self._between(line, at, stop):
            if self._count >= _MOST_PARTS:
                self.flawed = True
                return
            inner, body_start = headers_of(self.content, part_start, part_stop, _PART_LOOK)
            yield from self.walk(inner, body_start, part_stop, depth + 1, part_start)

    def _between(self, line: bytes, at: int, stop: int) -> Iterator[tuple[int, int]]:
        while True:
            begins = at + len(line)
            if self.content.part(begins, begins + 2) == b"--":
                return
            line_end = self.content.find(b"\n", begins, stop)
            if line_end < 0:
                self.flawed = True
                return
            at = self.content.find(line, line_end, stop)
            if at < 0:
                # The end is missing: what there is counts.
                self.flawed = True
                yield line_end + 1, stop
                return
            yield line_end + 1, max(line_end + 1, at)


def headers_of(content: Content, start: int, stop: int, look: int = FIRST_LOOK) -> tuple[Headers, int]:
    """Return the headers that begin at ``start``, and where what follows them begins."""
    while True:
        block = content.part(start, min(stop, start + look))
        found = end_of(block)
        if found is not None:
            return Headers(block[: found[0]]), start + found[1]
        if start + look >= stop or look >= LONGEST_HEADERS:
            return Headers(block), min(stop, start + len(block))
        look = LONGEST_HEADERS

"""Addresses in a text that is nothing but text: what of it leads somewhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote

# Nobody follows more of them, and each makes the page larger.
MOST_LINKS = 1000
# What is longer is no address that anybody was meant to follow.
_LONGEST = 4000
# Neither goes on over another beginning: from each position the search looks ahead a little, or is never there again.
# An address of the web ends at quotation marks, too, and at what is not seen, or would show its letters in another
# order. Its scheme has no letters beyond ASCII, such as a long s: browsers would find it relative to our own page.
_ADDRESS = re.compile(
    r"(?P<web>(?<!\w)(?a:https?)://(?=\w|\[[0-9a-f:])"
    r"[^\s<>\"«»`\u2018-\u201f\u2039\u203a\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+)"
    r"|(?<![\w.+%&=/@-])[\w.+%&=-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,63}(?![\w@-])",
    re.IGNORECASE,
)
# A person before the server is hardly ever there but to look like another server.
_NAMES_SOMEBODY = re.compile(r"[^:]+://[^/?#]*@")
# They end a sentence rather than an address.
_STOPS = ".,;:!?'…*"
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text. ``address``: where it leads, by ``http:``, ``https:`` or ``mailto:``, if anywhere."""

    text: str
    address: str | None = None


def linked(text: str) -> list[Piece]:
    """Return ``text`` in pieces, whose addresses of the web and of mail lead there; the first 1000 of them."""
    pieces: list[Piece] = []
    begin = 0
    for start, piece in islice(_addresses(text), MOST_LINKS):
        if start > begin:
            pieces.append(Piece(text[begin:start]))
        pieces.append(piece)
        begin = start + len(piece.text)
    if begin < len(text):
        pieces.append(Piece(text[begin:]))
    return pieces


def _addresses(text: str) -> Iterator[tuple[int, Piece]]:
    for found in _ADDRESS.finditer(text):
        if found["web"] is None:
            yield found.start(), Piece(found[0], "mailto:" + quote(found[0], safe="@+"))
        elif len(found[0]) <= _LONGEST and not _NAMES_SOMEBODY.match(found[0]):
            address = _without_end(found[0])
            yield found.start(), Piece(address, address)


def _without_end(address: str) -> str:
    """Return an address without what belongs to the sentence around it, such as a bracket that was opened before it."""
    lacking = {closes: address.count(closes) - address.count(opens) for opens, closes in _BRACKETS}
    end = len(address)
    while address[end - 1] in _STOPS or lacking.get(address[end - 1], 0) > 0:
        end -= 1
        lacking[address[end]] = lacking.get(address[end], 0) - 1
    return address[:end]

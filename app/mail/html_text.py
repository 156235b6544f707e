"""HTML as text, by its look: for the beginning of a message in a list, and for quoting it. Linear in its length."""

import re
from html import unescape

_HIDDEN = re.compile(r"<(style|script|head|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^<>]{0,2000}>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>?")


def words_of(html: str) -> str:
    """Return what of ``html`` is read, tags as spaces."""
    return unescape(_TAG.sub(" ", _HIDDEN.sub(" ", html)))


def lines_of(html: str) -> str:
    """Return what of ``html`` is read, in lines, and at most one of them empty between two others."""
    lines = unescape(_TAG.sub("", _BREAK.sub("\n", _HIDDEN.sub(" ", html)))).splitlines()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(" ".join(line.split()) for line in lines))

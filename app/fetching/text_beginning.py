"""The first words of a text, for lists."""

import binascii
import re

from app.mail.charsets import text_of
from app.mail.headers import cleaned
from app.mail.html_text import words_of

LONGEST = 200
_QUOTED_LINE = re.compile(r"(?m)^>.*$")


def beginning(encoded: bytes, encoding: bytes, charset: str, *, plain: bool, cut: bool) -> tuple[str, bool]:
    """Return the first words, and whether the text is broken; ``cut``: there is more of it."""
    data, broken = _decoded(encoded, encoding, cut)
    text = text_of(data, charset)
    text = _QUOTED_LINE.sub("", text) if plain else words_of(text)
    return cleaned(text)[:LONGEST].rstrip(), broken


def _decoded(encoded: bytes, encoding: bytes, cut: bool) -> tuple[bytes, bool]:
    if encoding == b"quoted-printable":
        return binascii.a2b_qp(encoded), False
    if encoding != b"base64":
        return encoded, False
    letters = b"".join(encoded.split())
    whole = len(letters) - len(letters) % 4
    broken = whole != len(letters) and not cut
    try:
        return binascii.a2b_base64(letters[:whole]), broken
    except binascii.Error:
        return b"", True

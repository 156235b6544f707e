"""What a server says is hostile input: made fit to be shown, and free of secrets."""

import base64
import html
import quopri
import re
from collections.abc import Callable
from urllib.parse import unquote, unquote_plus

LONGEST_TEXT = 300
_DECODERS: tuple[Callable[[str], str], ...] = (
    unquote,
    unquote_plus,
    html.unescape,
    lambda text: quopri.decodestring(text.encode()).decode("utf-8", "replace"),
    lambda text: re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text),
)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{4,}=*")


def plain_text(text: str) -> str | None:
    """Return at most 300 characters of a server's words without control characters, or None if nothing is left."""
    printable = "".join(character if character.isprintable() else " " for character in text[: 8 * LONGEST_TEXT])
    return " ".join(printable.split())[:LONGEST_TEXT].rstrip() or None


def without_secret(text: str, secret: str) -> str:
    """Return ``text`` without ``secret``, however it is written: some servers repeat what they were sent."""
    if not secret:
        return text
    quoted = secret.replace("\\", "\\\\").replace('"', '\\"')
    plain = re.compile(f"{re.escape(quoted)}|{re.escape(secret)}", re.IGNORECASE)
    text = plain.sub("***", text)
    text = _BASE64.sub(lambda found: "***" if _holds(found[0], secret) else found[0], text)
    # Written in a way that cannot be cut out of the text, it takes the whole text with it.
    return "***" if any(secret in decoded(text) for decoded in _DECODERS) else text


def _holds(encoded: str, secret: str) -> bool:
    try:
        return secret.encode() in base64.b64decode(encoded + "=" * (-len(encoded) % 4))
    except ValueError:
        return False

"""Somebody else's HTML, made fit to be shown: nothing runs, and nothing tells its sender that it was opened."""

import re
from collections.abc import Callable
from urllib.parse import unquote

from app import stationery
from app.mailbox import left_out
from app.mailbox.reading import Reading, Span

_REMOTE = re.compile(r"https?://", re.ASCII | re.IGNORECASE)
_REMOTE_IMAGE = re.compile(r"<img\b[^<>]{0,4000}?\bsrc\s{0,9}=\s{0,9}[\"']?\s{0,9}https?:", re.IGNORECASE)


def has_remote_images(reading: Reading) -> bool:
    """Return whether a message seems to show images that lie on other servers."""
    return _REMOTE_IMAGE.search(reading.html) is not None


def shown(reading: Reading, address_of: Callable[[Span], str], *, remote: bool) -> str:
    """Return the HTML of a message; ``address_of`` says where an image of the message is shown.

    Images on other servers leave their places empty unless ``remote``: asking for one tells who reads, when and where.
    """

    def source(value: str) -> str | None:
        if value[:4].lower() == "cid:":
            span = reading.images.get(unquote(value[4:]))
            return None if span is None else address_of(span)
        return value if remote and _REMOTE.match(value) else None

    body = left_out.with_places(stationery.sanitised_from_others(reading.html, source))
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    head += f"<style>{left_out.STYLE}</style>"
    return f"<!doctype html>\n<html><head>{head}</head><body>{body}</body></html>\n"

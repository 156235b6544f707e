"""The text of a message, taken out of what stands around it."""

from app.stationery import sanitised
from app.stationery.marker import frames


def text_in(html: str) -> str | None:
    """Return what stands inside the frame of a rendered message; None: it has no frame."""
    html = sanitised(html)
    found = frames(html)
    return html[found[0].start : found[0].end] if found else None

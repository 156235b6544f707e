"""A design and a text become a message."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.stationery import marker, placeholders
from app.stationery.placeholders import Values
from app.stationery.sanitise import FRAME, sanitised, sanitised_content

_SOURCE = re.compile(r' src="cid:([^"]*)"')
_PLAIN = f'<div {FRAME}=""></div>'
_HEAD = '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"></head>'


class Image(Protocol):
    """An image that is sent along."""

    @property
    def name(self) -> str:
        """What the design calls it."""

    @property
    def content_id(self) -> str:
        """What the message calls it."""

    @property
    def media_type(self) -> str:
        """Its MIME type."""

    @property
    def data(self) -> bytes:
        """The file; a stored one is read when this is asked for."""


class Design(Protocol):
    """What can be rendered: a stored stationery, or what stands in an editor."""

    @property
    def html(self) -> str:
        """The design, with placeholders, and with images by name."""

    @property
    def images(self) -> Sequence[Image]:
        """The images that it may show."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A whole HTML document, and the images that it shows."""

    html: str
    images: tuple[Image, ...]


def render(design: Design | None, content_html: str, values: Values) -> Rendered:
    """Return the message: ``content_html`` inside the frame of ``design``; without a design the frame alone."""
    outside = _with_one_frame(sanitised(design.html)) if design is not None else _PLAIN
    images = {image.name: image for image in design.images} if design is not None else {}
    used: dict[str, Image] = {}

    def content_id(found: re.Match[str]) -> str:
        image = images.get(found[1])
        if image is None:
            return ""
        used[image.name] = image
        return f' src="cid:{image.content_id}"'

    outside = _SOURCE.sub(content_id, placeholders.filled(outside, values))
    # Values have come in since it was sanitised, and the text: what counts is what there is in the end.
    body = sanitised(marker.put(outside, sanitised_content(content_html)))
    return Rendered(_document(body), tuple(used.values()))


def shown_again(html: str) -> str:
    """Return a message that was rendered before as it may be shown now."""
    return _document(sanitised(html))


def images_named(html: str) -> tuple[str, ...]:
    """Return the names of the images that sanitised ``html`` shows, each once."""
    return tuple(dict.fromkeys(_SOURCE.findall(html)))


def _document(body: str) -> str:
    return f"<!doctype html>\n<html>{_HEAD}<body>{body}</body></html>\n"


def _with_one_frame(html: str) -> str:
    """Return ``html`` with a frame, whatever has been done to it since it was saved: no text is ever lost."""
    frames = marker.frames(html)
    if len(frames) == 1 and frames[0].is_well_placed:
        return html
    return html.replace(f' {FRAME}=""', "") + _PLAIN

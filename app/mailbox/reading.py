"""A message taken apart: its texts, its files, and the images that its HTML shows."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from app.mail.charsets import text_of
from app.mail.content import MEBI, Content
from app.mail.headers import Headers
from app.mail.message_parts import Part, Parts, headers_of

# Longer texts are shown this far; the source has all of it.
LONGEST_TEXT = 2 * MEBI
LONGEST_HTML = MEBI // 2
# Images that are shown inside one text, as they travel.
MOST_OF_IMAGES = 32 * MEBI
_BLOCK = 256 * 1024
_LONGEST_NAME = 150
# Of larger files nobody sees that their size is estimated.
_MEASURED = 16 * 1024
_NAMES = {"text/calendar": "invite.ics", "text/vcard": "contact.vcf", "text/x-vcard": "contact.vcf"}
_SPACE = re.compile(rb"[^A-Za-z0-9+/=]+")
_ID = re.compile(rb"<?\s*([^<>\s]{1,200})\s*>?")


@dataclass(frozen=True, slots=True)
class File:
    """A file in a message; ``number`` is that of its part."""

    number: int
    name: str
    media_type: str
    size: int


class Span(NamedTuple):
    """Where in a message a part lies, with its headers."""

    begin: int
    stop: int


@dataclass(slots=True)
class Reading:
    """What there is to be read: ``text`` and ``html`` as they were written, which may be anything.

    ``images`` says where the part with a content id lies; ``cut``: there is more text than is shown.
    """

    headers: Headers
    text: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)
    images: dict[str, Span] = field(default_factory=dict)
    cut: bool = False
    flawed: bool = False


def read(content: Content) -> Reading:
    """Take a message apart."""
    headers, start = headers_of(content, 0, content.size)
    reading = Reading(headers, flawed=headers.flawed)
    parts, room = Parts(content), MOST_OF_IMAGES
    for number, part in enumerate(parts.walk(headers, start, content.size)):
        kind = part.headers.media_type
        content_id = _ID.match(part.headers.raw("content-id") or b"")
        if content_id is not None and kind.startswith("image/"):
            room -= _add_image(reading, content_id[1], part, room)
        if part.headers.is_attachment:
            said = part.headers.attachment(max(0, part.stop - part.start))
            name = str(said["name"]) or _name_of(content, part)
            reading.files.append(File(number, name, str(said["type"]), _size_of(content, part, int(said["size"]))))
        elif kind in ("text/plain", "text/html"):
            _add_text(reading, content, part, html=kind == "text/html")
    reading.flawed = reading.flawed or parts.flawed
    return reading


def file_data(content: Content, number: int) -> tuple[Part, Iterator[bytes]] | None:
    """Return a part by its number, and its decoded content piece by piece."""
    headers, start = headers_of(content, 0, content.size)
    for each, part in enumerate(Parts(content).walk(headers, start, content.size)):
        if each == number:
            return part, data_of(content, part)
    return None


def data_of(content: Content, part: Part) -> Iterator[bytes]:
    """Yield the decoded content of a part."""
    encoding = part.headers.encoding
    if encoding == b"quoted-printable":
        # A line is short, and a soft break at its end belongs to it.
        yield binascii.a2b_qp(content.part(part.start, part.stop))
        return
    rest = b""
    for start in range(part.start, part.stop, _BLOCK):
        block = content.part(start, min(part.stop, start + _BLOCK))
        if encoding != b"base64":
            yield block
            continue
        letters = rest + _SPACE.sub(b"", block)
        whole = len(letters) - len(letters) % 4
        rest = letters[whole:]
        yield _from_base64(letters[:whole])
    if rest:
        yield _from_base64(rest + b"=" * (-len(rest) % 4))


def _size_of(content: Content, part: Part, estimated: int) -> int:
    """Return how large a file is once it is decoded."""
    is_small = part.stop - part.start <= _MEASURED
    return sum(map(len, data_of(content, part))) if is_small else estimated


def _name_of(content: Content, part: Part) -> str:
    """Return what a file is called that has come without a name."""
    kind = part.headers.media_type
    if kind == "message/rfc822":
        inner, _start = headers_of(content, part.start, part.stop)
        return f"{inner.text('subject', _LONGEST_NAME) or 'message'}.eml"
    return _NAMES.get(kind, "")


def _from_base64(letters: bytes) -> bytes:
    try:
        return binascii.a2b_base64(letters)
    except binascii.Error:
        return b""


def _add_image(reading: Reading, content_id: bytes, part: Part, room: int) -> int:
    """Note where an image lies, if there is room for it, and return how much of that it takes."""
    name, size = content_id.decode("utf-8", "replace"), part.stop - part.begin
    if size > room or name in reading.images:
        return 0
    reading.images[name] = Span(part.begin, part.stop)
    return size


def image_in(data: bytes) -> tuple[str, bytes]:
    """Return the media type and the content of one part, of which ``data`` is all, headers included."""
    content = Content.of(data)
    headers, start = headers_of(content, 0, content.size)
    return headers.media_type, b"".join(data_of(content, Part(headers, start, content.size)))


def _add_text(reading: Reading, content: Content, part: Part, *, html: bool) -> None:
    room = LONGEST_HTML - len(reading.html) if html else LONGEST_TEXT - len(reading.text)
    data = bytearray()
    for block in data_of(content, part):
        data += block
        if len(data) > room:
            break
    reading.cut = reading.cut or len(data) > room
    text = text_of(bytes(data[: max(room, 0)]), part.headers.charset).replace("\r\n", "\n").replace("\0", "")
    if html:
        reading.html += text
    else:
        reading.text += ("\n\n" if reading.text else "") + text

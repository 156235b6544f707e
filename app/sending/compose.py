"""A message as it travels: header, text and HTML, images, files. The same letter always becomes the same bytes.

Everything is written in seven bits, so that no server has to offer anything for it; only an address beyond ASCII needs
SMTPUTF8. Files are encoded while they are sent: nobody ever holds a whole one.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.headerregistry import BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from app.sending.content import plain_text_of
from app.sending.headers import Head, HeaderNotKept, written


class _KnownHeaders(HeaderRegistry):
    """Remembers headers: those of parts are mostly the same few, and taking one apart costs more than all else."""

    def __init__(self) -> None:
        super().__init__()
        self._kind = lru_cache(maxsize=64)(super().__getitem__)
        self._header = lru_cache(maxsize=64)(super().__call__)

    def __getitem__(self, name: str) -> type[BaseHeader]:
        return self._kind(name)

    def __call__(self, name: str, value: Any) -> BaseHeader:
        return self._header(name, value)


_POLICY = SMTP.clone(cte_type="7bit", header_factory=_KnownHeaders())
# RFC 2045, 6.8: lines of 76 characters stand for 57 bytes.
_LINE_BYTES, _LINE_CHARACTERS = 57, 76
_BLOCK = _LINE_BYTES * 1024
# RFC 2231: what stands behind one name of a parameter, so that lines stay short.
_SECTION = 60
_BROKEN_LINE = re.compile(rb"\r(?!\n)|(?<!\r)\n|[^\r\n]{999}|\0")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 ._()+-]{1,60}\Z")


@dataclass(frozen=True, slots=True)
class InlineImage:
    """An image that the HTML shows as ``cid:...``."""

    cid: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes along; ``read`` returns its bytes in pieces, as often as it is called."""

    filename: str
    media_type: str
    size: int
    read: Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything that a message consists of; its plain text says what ``html`` says, the stationery included."""

    head: Head
    html: str
    images: Sequence[InlineImage] = ()
    files: Sequence[File] = ()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message that is ready to be sent: its size in bytes, and its pieces, as often as somebody asks."""

    size: int
    _pieces: tuple[bytes | File, ...]

    def pieces(self) -> Iterator[bytes]:
        """Yield the message, piece by piece."""
        for piece in self._pieces:
            if isinstance(piece, bytes):
                yield piece
            else:
                yield from _encoded(piece.read())


def compose(letter: Letter) -> Rendered:
    """Return ``letter`` as it travels. Raises HeaderNotKept."""
    mark = f"=_{hashlib.sha256(letter.head.message_id.encode()).hexdigest()[:32]}"
    # RFC 2046, 5.1.1: no boundary may begin like another one, or the inner one would end the outer part.
    boundary = f"{mark}_files"
    body = _body(letter, mark)
    head = written(letter.head) + b"MIME-Version: 1.0\r\n"
    pieces: list[bytes | File] = [head + body] if not letter.files else [head + _mixed(boundary, body)]
    for file in letter.files:
        pieces += [_part_head(boundary, file), file]
    if letter.files:
        pieces.append(f"--{boundary}--\r\n".encode())
    if any(isinstance(piece, bytes) and _BROKEN_LINE.search(piece) for piece in pieces):
        raise HeaderNotKept("line")
    return Rendered(sum(_size(piece) for piece in pieces), tuple(pieces))


def _body(letter: Letter, mark: str) -> bytes:
    html = _part(letter.html, subtype="html")
    if letter.images:
        images = [_image(image) for image in letter.images]
        # RFC 2387, 3.1: says of which kind the part is that shows the others.
        html = _together('related; type="text/html"', f"{mark}_images", [html, *images])
    return _together("alternative", f"{mark}_texts", [_part(plain_text_of(letter.html), cte=None), html])


def _part(content: str | bytes, **how: Any) -> bytes:
    part = EmailMessage(policy=_POLICY)
    part.set_content(content, **how)
    # Stands in the header of the whole.
    del part["MIME-Version"]
    return part.as_bytes()


def _image(image: InlineImage) -> bytes:
    kind, _slash, subtype = image.media_type.partition("/")
    return _part(image.content, maintype=kind, subtype=subtype, cid=f"<{image.cid}>", disposition="inline")


def _together(kind: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    head = f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n'
    pieces = [f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts]
    return b"".join([head.encode(), *pieces, f"--{boundary}--\r\n".encode()])


def _mixed(boundary: str, body: bytes) -> bytes:
    return f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n--{boundary}\r\n'.encode() + body + b"\r\n"


def _part_head(boundary: str, file: File) -> bytes:
    kind = file.media_type
    # RFC 2046, 5.2.1: these must not be encoded, and what is in the file may not be seven bits.
    if kind.startswith(("message/", "multipart/")):
        kind = "application/octet-stream"
    disposition = f"attachment{_parameter('filename', file.filename)}"
    lines = (
        f"--{boundary}",
        f"Content-Type: {kind}",
        f"Content-Disposition: {disposition}",
        "Content-Transfer-Encoding: base64",
        "",
        "",
    )
    return "\r\n".join(lines).encode()


def _parameter(name: str, value: str) -> str:
    if _PLAIN_NAME.match(value):
        return f'; {name}="{value}"'
    sections: list[str] = [""]
    for character in value:
        escaped = quote(character, safe="")
        if len(sections[-1]) + len(escaped) > _SECTION:
            sections.append("")
        sections[-1] += escaped
    sections[0] = f"UTF-8''{sections[0]}"
    if len(sections) == 1:
        return f";\r\n {name}*={sections[0]}"
    return "".join(f";\r\n {name}*{number}*={section}" for number, section in enumerate(sections))


def _encoded(content: Iterable[bytes]) -> Iterator[bytes]:
    held = b""
    for piece in content:
        held += piece
        whole = len(held) - len(held) % _LINE_BYTES
        for start in range(0, whole, _BLOCK):
            yield _lines(held[start : min(start + _BLOCK, whole)])
        held = held[whole:]
    if held:
        yield _lines(held)


def _lines(block: bytes) -> bytes:
    encoded = b64encode(block)
    starts = range(0, len(encoded), _LINE_CHARACTERS)
    return b"".join(encoded[start : start + _LINE_CHARACTERS] + b"\r\n" for start in starts)


def _size(piece: bytes | File) -> int:
    if isinstance(piece, bytes):
        return len(piece)
    encoded = -(-piece.size // 3) * 4
    return encoded + 2 * -(-encoded // _LINE_CHARACTERS)

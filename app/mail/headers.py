"""Headers of a message or of one of its parts, and their values as people read them."""

import binascii
import re
from collections.abc import Mapping
from email.message import Message
from functools import cached_property

from app.mail.address_lists import everybody, first_person
from app.mail.charsets import characters, text_of

_FOLD = re.compile(rb"\r?\n[ \t]+")
_WANTED = (
    b"from",
    b"to",
    b"cc",
    b"reply-to",
    b"subject",
    b"date",
    b"message-id",
    b"in-reply-to",
    b"references",
    b"content-type",
    b"content-transfer-encoding",
    b"content-disposition",
    b"content-id",
)
# From line end to line end: whatever else stands there, and mostly it is much, is passed over.
_HEADER = re.compile(rb"\n(%s)[ \t]*:(.*(?:\n[ \t].*)*)" % b"|".join(_WANTED), re.IGNORECASE)
_WORD = re.compile(rb"=\?([A-Za-z0-9_.:+-]{1,60})(?:\*[A-Za-z0-9-]*)?\?([bBqQ])\?([^?\r\n]*)\?=")
_BETWEEN_WORDS = re.compile(rb"(\?=)[ \t\r\n]+(?==\?)")
# What is shown, and what says the same in other ways; a calendar or a card is something to be kept.
_READ = frozenset(
    (
        "text/plain",
        "text/html",
        "text/enriched",
        "text/richtext",
        "text/x-amp-html",
        "text/watch-html",
        "text/rfc822-headers",
    )
)
_ID = re.compile(rb"<[^<>\s]{1,900}>")
_PARAMETER = re.compile(rb';\s*([\w!#$&^.+-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s"]+)', re.ASCII)
_QUOTED_PAIR = re.compile(rb"\\(.)")
_LONGEST_ADDRESSES = 10_000
_LONGEST_PEOPLE = 50_000
_LONGEST_IDS = 20_000


def end_of(block: bytes) -> tuple[int, int] | None:
    """Return where the headers end in ``block``, and where what follows begins; None if that is not in it."""
    if block.startswith((b"\r\n", b"\n")):
        return 0, 2 if block.startswith(b"\r\n") else 1
    line_end, following = block.find(b"\n\r\n"), 3
    bare = block.find(b"\n\n", 0, line_end + 1 if line_end >= 0 else len(block))
    if bare >= 0:
        line_end, following = bare, 2
    if line_end < 0:
        return None
    return line_end - block.endswith(b"\r", 0, line_end), line_end + following


class Headers:
    """The headers that are of use here; of several with one name the first."""

    def __init__(self, block: bytes) -> None:
        self._values: dict[bytes, bytes] = {}
        self.flawed = False
        for name, value in _HEADER.findall(b"\n" + block):
            key = name.lower()
            if key in self._values:
                self.flawed = True
            else:
                self._values[key] = (_FOLD.sub(b" ", value) if b"\n" in value else value).strip(b" \t\r")

    def raw(self, name: str) -> bytes | None:
        """Return a header's value as it stands there."""
        return self._values.get(name.encode())

    def text(self, name: str, longest: int) -> str:
        """Return a header's value as it is read."""
        return decoded(self._values.get(name.encode(), b"")[: 8 * longest])[:longest]

    def id(self, name: str) -> str | None:
        """Return the first message id in a header."""
        found = _ID.search(self._values.get(name.encode(), b""))
        return _id(found[0]) if found else None

    def ids(self, name: str) -> str | None:
        """Return all message ids in a header."""
        value = self._values.get(name.encode(), b"")[:_LONGEST_IDS]
        return " ".join(_id(each) for each in _ID.findall(value)) or None

    def first_address(self, name: str) -> tuple[str, str]:
        """Return the name and the address of the first person in a header."""
        person, address = first_person(self._values.get(name.encode(), b"")[:_LONGEST_ADDRESSES])
        return decoded(person)[:200], cleaned(characters(address))

    def people(self, name: str) -> list[tuple[str, str]]:
        """Return the names and the addresses of all people in a header, as far as it is read."""
        found = everybody(self._values.get(name.encode(), b"")[:_LONGEST_PEOPLE])
        return [(decoded(person)[:200], cleaned(characters(address))) for person, address in found]

    @cached_property
    def media_type(self) -> str:
        """The media type in small letters."""
        value = self._values.get(b"content-type", b"text/plain").partition(b";")[0].strip()
        return cleaned(value.decode("ascii", "replace").lower())[:100] or "text/plain"

    @property
    def boundary(self) -> bytes | None:
        """What stands between the parts of a multipart."""
        boundary = self._parameter(b"content-type", b"boundary")
        return boundary.rstrip() or None if boundary is not None else None

    @property
    def charset(self) -> str:
        """The character set of a text, in small letters."""
        return (self._parameter(b"content-type", b"charset") or b"utf-8").decode("ascii", "replace").lower()

    @property
    def encoding(self) -> bytes:
        """How the content travels."""
        return self._values.get(b"content-transfer-encoding", b"7bit").strip().lower()

    @property
    def is_attachment(self) -> bool:
        """Whether the part is a file, and not something to be read or a picture inside the text."""
        disposition = self._values.get(b"content-disposition", b"").lower()
        if disposition.lstrip().startswith(b"attachment") or b"name" in disposition:
            return True
        kind = self.media_type
        if b"name" in self._values.get(b"content-type", b"").lower():
            return True
        if kind.startswith("image/"):
            return b"content-id" not in self._values
        return kind not in _READ and not kind.startswith("multipart/")

    def attachment(self, length: int) -> Mapping[str, str | int]:
        """Return name, media type and size of the file whose encoded content has this ``length``."""
        size = length * 3 // 4 * 76 // 78 if self.encoding == b"base64" else length
        return {"name": self._filename()[:200], "type": self.media_type, "size": size}

    def _filename(self) -> str:
        disposition = self._values.get(b"content-disposition", b"")
        if b"*" not in disposition and (plain := self._parameter(b"content-disposition", b"filename")):
            return decoded(plain[:4000])
        # RFC 2231 has parts, character sets and languages; the standard library puts them together.
        part = Message()
        for header in ("content-disposition", "content-type"):
            value = self._values.get(header.encode())
            if value is not None:
                part[header] = cleaned(value[:4000].decode("utf-8", "replace"))
        try:
            name = part.get_filename("")
        except (ValueError, LookupError, TypeError):
            self.flawed = True
            return ""
        return decoded(name.encode("utf-8", "replace"))

    def _parameter(self, header: bytes, name: bytes) -> bytes | None:
        for key, value in _PARAMETER.findall(self._values.get(header, b"")):
            if key.lower() == name:
                inner = bytes(value[1:-1] if value.startswith(b'"') else value)
                return _QUOTED_PAIR.sub(rb"\1", inner) if b"\\" in inner else inner
        return None


def decoded(value: bytes) -> str:
    """Return a header's value as text: RFC 2047, else UTF-8, else what Windows would take it for."""
    if b"=?" not in value:
        return cleaned(characters(value))
    value = _BETWEEN_WORDS.sub(rb"\1", value)
    pieces: list[str] = []
    end = 0
    charset, pending = "", b""
    for word in _WORD.finditer(value):
        between = value[end : word.start()]
        name = word[1].decode("ascii").lower()
        # A character may begin in one word and end in the next.
        if pending and (between or name != charset):
            pieces.append(text_of(pending, charset))
            pending = b""
        pieces.append(characters(between))
        charset, pending, end = name, pending + _word_bytes(word[2], word[3]), word.end()
    if pending:
        pieces.append(text_of(pending, charset))
    pieces.append(characters(value[end:]))
    return cleaned("".join(pieces))


def _id(raw: bytes) -> str:
    return raw.decode("ascii", "replace").replace("\ufffd", "?").replace("\0", "")


def cleaned(text: str) -> str:
    """Return ``text`` on one line, without what no database and no page can hold: NUL, controls, half characters."""
    text = " ".join(text.split())
    if text.isprintable():
        return text
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _word_bytes(kind: bytes, encoded: bytes) -> bytes:
    if kind in b"qQ":
        return binascii.a2b_qp(encoded, header=True)
    try:
        return binascii.a2b_base64(encoded + b"=" * (-len(encoded) % 4))
    except binascii.Error:
        return b""

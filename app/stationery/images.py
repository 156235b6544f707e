"""Which files can be images of a design: what they are is read from their first bytes, never from their names."""

import re
import struct
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

LARGEST = 1024 * 1024  # bytes; every message carries it
MOST = 12  # in one design
MOST_PIXELS = 25_000_000

_JPEG_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


class NotUsable(StrEnum):
    """Why a file cannot be an image of a design."""

    MISSING = "missing"
    TOO_LARGE = "too_large"
    UNKNOWN_KIND = "unknown_kind"
    TOO_MANY = "too_many"
    IN_USE = "in_use"


class ImageRefused(Exception):
    """The file cannot be an image of a design, or an image cannot go. ``reason`` says why."""

    def __init__(self, reason: NotUsable) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is."""

    media_type: str
    width: int
    height: int


def kind_of(data: bytes) -> Kind:
    """Return what ``data`` is: PNG, JPEG or GIF, which every mail program shows. Raises ImageRefused."""
    if not data:
        raise ImageRefused(NotUsable.MISSING)
    if len(data) > LARGEST:
        raise ImageRefused(NotUsable.TOO_LARGE)
    try:
        kind = _kind(data)
    except struct.error as error:
        raise ImageRefused(NotUsable.UNKNOWN_KIND) from error
    if kind is None or kind.width * kind.height == 0:
        raise ImageRefused(NotUsable.UNKNOWN_KIND)
    if kind.width * kind.height > MOST_PIXELS:
        raise ImageRefused(NotUsable.TOO_LARGE)
    return kind


def name_for(filename: str, taken: Collection[str]) -> str:
    """Return a name for a file that is not yet ``taken``: ``Logo firmy.PNG`` becomes ``logo-firmy``."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    stem = (last.rpartition(".")[0] or last).lower()
    plain = unicodedata.normalize("NFKD", stem.replace("ł", "l")).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "image"
    free = name
    number = 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def _kind(data: bytes) -> Kind | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
        return Kind("image/png", *struct.unpack_from(">II", data, 16))
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return Kind("image/gif", *struct.unpack_from("<HH", data, 6))
    return _jpeg(data) if data.startswith(b"\xff\xd8\xff") else None


def _jpeg(data: bytes) -> Kind | None:
    """Go from segment to segment until one says the size (ITU T.81, B.1.1.4)."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        mark, length = data[at + 1], struct.unpack_from(">H", data, at + 2)[0]
        if mark in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return Kind("image/jpeg", width, height)
        at += 1 if mark == 0xFF else 2 + max(2, length)
    return None

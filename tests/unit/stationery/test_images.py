"""What a file is, is read from the file."""

import struct

import pytest

from app.stationery import LARGEST, ImageRefused, NotUsable
from app.stationery.images import Kind, kind_of, name_for
from tests.cast import PIXEL

GIF = b"GIF89a" + struct.pack("<HH", 3, 2) + b"\0" * 20
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc2\x00\x11\x08\x00\x05\x00\x07" + b"\0" * 20


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\0" * 20


STRANGERS = [
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    b"<html>",
    b"%PDF-1.7",
    b"RIFF\0\0\0\0WEBPVP8 ",
    b"GIF89a",
    JPEG[:9],
    png(0, 5),
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff" + b"\xff" * 50,
    b"\xff\xd8\xff\xe0\0\0" * 9,
]


def reason(data: bytes) -> NotUsable:
    with pytest.raises(ImageRefused) as refusal:
        kind_of(data)
    return refusal.value.reason


def test_the_three_kinds_are_known_with_their_size():
    assert kind_of(PIXEL) == Kind("image/png", 1, 1)
    assert kind_of(GIF) == Kind("image/gif", 3, 2)
    assert kind_of(JPEG) == Kind("image/jpeg", 7, 5)


@pytest.mark.parametrize("data", STRANGERS, ids=ascii)
def test_anything_else_is_refused(data):
    assert reason(data) is NotUsable.UNKNOWN_KIND


def test_what_is_too_large_is_refused():
    assert reason(b"") is NotUsable.MISSING
    assert reason(PIXEL + b"\0" * LARGEST) is NotUsable.TOO_LARGE
    assert reason(png(100_000, 100_000)) is NotUsable.TOO_LARGE


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("Logo firmy.PNG", "logo-firmy"),
        ("C:\\zdjęcia\\żółw.jpg", "zolw"),
        ("../../etc/passwd", "passwd"),
        ("", "image"),
        ("łódź", "lodz"),
        ("\u202e.png", "image"),
        ("x" * 90 + ".gif", "x" * 40),
    ],
)
def test_a_name_is_plain(filename, name):
    assert name_for(filename, set()) == name


def test_a_name_is_given_once():
    assert name_for("logo.png", {"logo", "logo-2"}) == "logo-3"

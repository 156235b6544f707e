"""Text in the character set that a stranger names: known by many names, told wrong, or none at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mail.charsets import text_of


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "unicode_escape", "hex", "rot13", "undefined", "aliases", "x" * 999]
)
def test_what_is_no_character_set_of_mail_is_not_asked(charset: str):
    assert text_of("zażółć".encode(), charset) == "zażółć"


@pytest.mark.parametrize(
    ("charset", "data"),
    [("ISO-8859-2", b"\xbf"), ("Windows-1250", b"\xbf"), ("utf8", "ż".encode()), ("cp-1250", b"\xbf")],
)
def test_character_sets_are_known_by_their_many_names(charset: str, data: bytes):
    assert text_of(data, charset) == "ż"


def test_half_characters_are_none():
    assert text_of(b"+2AA-", "utf-7") == "\ufffd"


def test_a_text_in_utf_8_stays_one_where_it_was_cut():
    whole = ("ż" * 50).encode()
    assert text_of(whole[:-1], "utf-8") == "ż" * 49 + "\ufffd"
    assert text_of("proszę".encode("cp1250"), "utf-8") == "proszę"
    assert text_of(b"", "") == ""


@given(st.binary(max_size=200), st.sampled_from(["", "us-ascii", "utf-8", "iso-8859-1", "iso-8859-2", "utf-7", "x"]))
def test_anything_is_some_text_in_any_character_set(raw: bytes, said: str):
    text_of(raw, said).encode()

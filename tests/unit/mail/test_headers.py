"""Headers as people read them, whatever they hold."""

from hypothesis import given
from hypothesis import strategies as st

from app.mail.headers import decoded


@given(st.binary(max_size=60))
def test_any_header_value_becomes_text(value: bytes):
    text = decoded(value)
    assert text.isprintable() or not text
    text.encode("utf-8")

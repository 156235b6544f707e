"""A line that is compressed both ways: what arrives is what was sent, and never too much at a time."""

import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mail.compression import FAR_SECONDS, MOST_AT_ONCE, SLOW_RATE, Compression, is_far, pays
from app.mail.failures import StepFailed


def unpacked(line: Compression) -> bytes:
    found = []
    while data := line.unpack():
        assert len(data) <= MOST_AT_ONCE
        found.append(data)
    assert not line.waiting
    return b"".join(found)


PIECES = st.lists(st.binary(max_size=300) | st.builds(lambda size: b"x" * size, st.integers(0, 300_000)), max_size=6)


@given(PIECES, st.lists(st.integers(0, 5000), max_size=8))
def test_what_arrives_is_what_was_sent_wherever_it_is_cut(pieces: list[bytes], cuts: list[int]):
    sender, receiver = Compression(b""), Compression(b"")
    sent = b"".join(map(sender.pack, pieces))
    ends = sorted({0, *(cut for cut in cuts if cut < len(sent)), len(sent)})
    arrived = b""
    for low, high in pairwise(ends):
        receiver.take(sent[low:high])
        arrived += unpacked(receiver)
    assert arrived == b"".join(pieces)


def test_what_has_come_with_the_answer_counts():
    line = Compression(Compression(b"").pack(b"* 5 EXISTS\r\n"))
    assert line.waiting
    assert unpacked(line) == b"* 5 EXISTS\r\n"


def test_very_much_is_made_of_little_only_as_it_is_asked_for():
    bomb = Compression(b"").pack(bytes(200_000_000))
    line = Compression(bomb)
    assert len(bomb) < 250_000
    for _ in range(100):
        assert len(line.unpack()) == MOST_AT_ONCE
        assert line.waiting


@pytest.mark.parametrize("nonsense", [b"* OK not compressed\r\n", b"\xff" * 50, zlib.compress(b"with a header")])
def test_what_makes_no_sense_is_said(nonsense: bytes):
    with pytest.raises(StepFailed, match="protocol_error"):
        Compression(nonsense).unpack()


def test_a_stream_that_says_it_has_ended_gives_what_it_had():
    packer = zlib.compressobj(wbits=-15)
    line = Compression(packer.compress(b"* BYE\r\n") + packer.flush())
    assert line.unpack() == b"* BYE\r\n"
    line.take(b"more")
    with pytest.raises(StepFailed, match="protocol_error"):
        line.unpack()


def test_it_pays_on_lines_that_are_far_and_slow():
    assert not is_far(FAR_SECONDS / 2)
    assert is_far(FAR_SECONDS)
    assert pays(int(SLOW_RATE / 2), 1.05, 0.05)
    assert not pays(int(SLOW_RATE), 1.05, 0.05), "that was quick"
    assert not pays(int(SLOW_RATE / 2), 1.05, 0.001), "that was near"
    assert not pays(1000, 9, 0.05), "that tells nothing of the line"
    # One that was answered as soon as it could be tells nothing of how slow the line is.
    assert not pays(10**6, 0.05, 0.05)

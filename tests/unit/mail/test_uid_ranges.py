"""Sets of UIDs as servers name them: met with known UIDs, never spelt out."""

import time
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mail.changes import LONGEST_VANISHED, fits
from app.mail.fetch_requests import uid_set
from app.mail.fetched_lines import HIGHEST_UID
from app.mail.uid_ranges import Among, note_vanished
from app.mail.windows import MOST_LISTED, windows

UIDS = st.sets(st.integers(1, 60), max_size=30)


def known(*uids: int) -> "array[int]":
    return array("L", uids)


@given(UIDS, st.lists(st.tuples(st.integers(1, 70), st.integers(1, 70))))
def test_named_are_those_that_lie_in_a_range(uids: set[int], ranges: list[tuple[int, int]]):
    among = Among(known(*sorted(uids)))
    for low, high in ranges:
        among.add(low, high)
    named = {uid for uid in uids if any(min(pair) <= uid <= max(pair) for pair in ranges)}
    assert list(among.named) == sorted(named)
    assert list(among.others) == sorted(uids - named)


@given(UIDS, UIDS.filter(bool))
def test_what_vanished_is_what_the_server_named(uids: set[int], gone: set[int]):
    among = Among(known(*sorted(uids)))
    assert note_vanished(b"* VANISHED (EARLIER) %s\r\n" % uid_set(sorted(gone)), among)
    assert list(among.named) == sorted(uids & gone)


@pytest.mark.parametrize(
    "line", [b"* VANISHED (EARLIER) 3:1,9", b"* vanished (earlier)  1:3,9 ", b"* VANISHED (EARLIER) 9,2:2,3:1"]
)
def test_ranges_come_in_any_order_and_case(line: bytes):
    among = Among(known(1, 2, 3, 4, 9))
    assert note_vanished(line + b"\r\n", among)
    assert list(among.named) == [1, 2, 3, 9]


@pytest.mark.parametrize(
    "said",
    [b"", b"1:x", b"1,", b",1", b"1:2:3", b"0", b"1:*", b"*", b"4294967296", b"1:99999999999", b"1 2", b"-1", b"(1)"],
)
def test_what_cannot_be_understood_is_not_believed(said: bytes):
    assert not note_vanished(b"* VANISHED (EARLIER) " + said + b"\r\n", Among(known(1, 2)))


@pytest.mark.parametrize(
    "line",
    [
        b"* VANISHED 1:2",
        b"* VANISHED (LATER) 1:2",
        b"* VANISHED(EARLIER) 1:2",
        b"* 1 EXPUNGE",
        b"* OK VANISHED (EARLIER) 1",
    ],
)
def test_what_is_about_something_else_names_nothing(line: bytes):
    among = Among(known(1, 2))
    assert note_vanished(line + b"\r\n", among)
    assert not among.named


def test_the_widest_ranges_again_and_again_cost_as_little_as_any():
    among = Among(array("L", range(1, 200_001)))
    line = b"* VANISHED (EARLIER) " + b",".join([b"1:%d" % HIGHEST_UID] * 40_000) + b"\r\n"
    began = time.process_time()
    assert note_vanished(line, among)
    assert len(among.named) == 200_000
    # Spelt out, these would be 8,000,000,000 numbers among the known ones alone.
    assert time.process_time() - began < 2


@given(st.integers(1, HIGHEST_UID), st.integers(0, 10**7))
def test_a_line_is_asked_for_only_if_the_worst_one_can_be_read(upto: int, present: int):
    widest = min(present, upto // 2) + 1
    if fits(upto, present):
        assert len(b"* VANISHED (EARLIER) ") + widest * len(b"%d:%d," % (upto, upto)) < LONGEST_VANISHED


def test_ordinary_folders_fit():
    assert fits(HIGHEST_UID, 20_000)
    assert fits(60_000, 10**6)
    assert not fits(HIGHEST_UID, 50_000)


@given(st.integers(1, 10**8), st.integers(0, 10**7))
def test_windows_cover_everything_once_and_hold_no_more_than_may_be_listed(upto: int, present: int):
    spans = list(windows(upto, present))
    assert [low for low, _ in spans] == [1, *(high + 1 for _, high in spans[:-1])]
    assert spans[-1][1] == upto
    assert all(min(present, high - low + 1) <= MOST_LISTED for low, high in spans)


def test_nobody_is_asked_for_a_million_windows():
    assert windows(HIGHEST_UID, MOST_LISTED + 1) == []
    assert windows(HIGHEST_UID, MOST_LISTED) == [(1, HIGHEST_UID)]

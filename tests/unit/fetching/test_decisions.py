"""Decisions without effects: when to try again, what to ask for, how far a folder has been read, how an account is."""

from array import array
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fetching import Health, health, settings_changed
from app.fetching.backoff import after_failure
from app.fetching.chunks import LONGEST_WAIT, MOST_BYTES, MOST_MESSAGES, SIZE_LIMIT, Load, requests
from app.fetching.plan import Cursor, Known, Step, decide
from app.mail.dialogue import Answer
from app.mail.fetch_requests import Listing, uid_set
from app.mail.fetched_lines import FolderStatus, folder_of
from app.mail.outcomes import Outcome, Retry, retry_of
from app.models import FetchState

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_later_backs_off_and_never_holds():
    waits = [after_failure(Outcome.CONNECT_TIMEOUT, failures, 0, 0.5) for failures in (1, 2, 3, 4, 5, 500)]
    assert [each.wait for each in waits] == [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 60, 60)]
    assert not any(each.held for each in waits)
    assert after_failure(Outcome.SERVER_BUSY, 1, 0, 0).wait == timedelta(seconds=48)
    assert after_failure(Outcome.SERVER_BUSY, 1, 0, 1).wait == timedelta(seconds=72)


@pytest.mark.parametrize("outcome", [each for each in Outcome if retry_of(each) is Retry.LATER])
def test_every_outcome_for_later_is_tried_again(outcome: Outcome):
    assert not after_failure(outcome, 99, 0, 0.5).held


def test_a_refused_password_is_believed_the_third_time_and_other_causes_at_once():
    assert [after_failure(Outcome.AUTH_FAILED, 9, refusals, 0).held for refusals in (1, 2, 3)] == [False, False, True]
    assert after_failure(Outcome.CERT_EXPIRED, 1, 0, 0).held


def test_that_a_server_has_no_name_is_believed_the_third_time():
    said = [after_failure(Outcome.DNS_NOT_FOUND, failures, 0, 0.5) for failures in (1, 2, 3)]
    assert [each.held for each in said] == [False, False, True]
    assert [each.wait for each in said[:2]] == [timedelta(minutes=1), timedelta(minutes=5)]


LISTINGS = st.lists(st.integers(-1, 3 * MOST_BYTES), max_size=600).map(
    lambda sizes: Listing(array("L", range(3, 3 + 2 * len(sizes), 2)), array("q", sizes))
)


@given(LISTINGS)
def test_chunks_hold_everything_once_in_order_and_not_too_much(listing: Listing):
    asked = list(requests(listing, lambda uid: uid % 3 != 0, limit=2 * MOST_BYTES))
    assert [uid for request in asked for uid in request.uids] == [uid for uid in listing.uids if uid % 3]
    for request in asked:
        assert len(request.uids) <= MOST_MESSAGES
        large = {listing.size(uid) > 2 * MOST_BYTES for uid in request.uids}
        assert large == {request.headers_only}
        weight = sum(max(0, listing.size(uid)) for uid in request.uids)
        assert request.headers_only or weight <= MOST_BYTES or len(request.uids) == 1


def test_what_is_above_the_limit_is_had_by_its_headers():
    listing = Listing(array("L", [1, 2, 3]), array("q", [10, SIZE_LIMIT + 1, 10]))
    assert [(each.uids, each.headers_only) for each in requests(listing, lambda _: True)] == [
        ((1,), False),
        ((2,), True),
        ((3,), False),
    ]


def test_a_batch_is_stored_when_it_is_heavy_or_its_first_message_has_waited():
    load = Load()
    assert not load.is_due(100, now=1000.0), "there is nothing to store"
    load.add(60, now=5.0)
    load.add(40, now=5.0 + LONGEST_WAIT)
    assert not load.is_due(100, now=4.9 + LONGEST_WAIT)
    assert load.is_due(100, now=5.0 + LONGEST_WAIT), "the first one counts"
    assert load.is_due(99, now=5.0)
    load.clear()
    assert not load.is_due(100, now=1000.0)


@given(st.sets(st.integers(1, 60)), st.data())
def test_the_cursor_passes_only_what_is_settled(uids: set[int], data: st.DataObject):
    ordered = sorted(uids)
    placed = data.draw(st.sets(st.sampled_from(ordered))) if ordered else set()
    cursor = Cursor(0, array("L", ordered), placed)
    settled = set(placed)
    for uid in data.draw(st.permutations(ordered)):
        assert cursor.is_settled(uid) == (uid in settled)
        if data.draw(st.booleans()):
            cursor.settle(uid)
            settled.add(uid)
        assert all(each in settled for each in ordered if each <= cursor.at)
        first_open = next((each for each in ordered if each not in settled), None)
        assert cursor.complete == (first_open is None)
        assert first_open is None or cursor.at < first_open


KNOWN = Known(7, 41, 42, 30, 5)


@pytest.mark.parametrize(
    ("known", "said", "step"),
    [
        (KNOWN, FolderStatus(7, 42, 30, 5), Step.NOTHING),
        (KNOWN, FolderStatus(7, 43, 31, 5), Step.LOOK),
        (KNOWN, FolderStatus(7, 42, 29, 5), Step.LOOK),
        (KNOWN, FolderStatus(7, 42, 30, 6), Step.LOOK),
        (KNOWN, FolderStatus(7, None, 30, 5), Step.LOOK),
        (KNOWN, FolderStatus(None, 42, 30, 5), Step.LOOK),
        (KNOWN, FolderStatus(8, 42, 30, 5), Step.RENUMBER),
        (Known(7, 41, 42, 30, 5, unfinished=True), FolderStatus(7, 42, 30, 5), Step.LOOK),
        (Known(), FolderStatus(7, 42, 30, 5), Step.LOOK),
    ],
)
def test_what_to_do_follows_from_both_sides(known: Known, said: FolderStatus, step: Step):
    assert decide(known, said) is step


def test_another_server_or_user_may_be_another_mailbox():
    assert not settings_changed(("imap.firma.pl", "anna"), ("IMAP.firma.pl ", "Anna"))
    assert settings_changed(("imap.firma.pl", "anna"), ("imap.firma.pl", "jan"))
    assert settings_changed(("imap.firma.pl", "anna"), ("mail.firma.pl", "anna"))


@pytest.mark.parametrize(
    ("line", "title"),
    [
        (b'"." "Klienci.Nowi.2026"', "Klienci \u203a Nowi \u203a 2026"),
        (b'"/" Klienci/Nowi', "Klienci \u203a Nowi"),
        (b'"\\\\" "Klienci\\\\Nowi"', "Klienci \u203a Nowi"),
        (b"NIL Klienci.Nowi", "Klienci.Nowi"),
        (b'"." ".Nowi"', ".Nowi"),
        (b'"." "R&APM-&AXw-ne.a"', "R\u00f3\u017cne \u203a a"),
    ],
)
def test_folders_in_folders_are_called_alike_whatever_their_server_puts_between(line: bytes, title: str):
    found = folder_of(Answer(b"* LIST (\\HasNoChildren) " + line + b"\r\n"))
    assert found is not None
    assert found.title == title


@given(st.sets(st.integers(1, 200)))
def test_a_set_of_uids_says_exactly_these(uids: set[int]):
    said: set[int] = set()
    for part in uid_set(sorted(uids)).split(b","):
        if part:
            low, _, high = part.partition(b":")
            said.update(range(int(low), int(high or low) + 1))
    assert said == uids


@pytest.mark.parametrize(
    ("changes", "told", "expected"),
    [
        ({}, "", Health.OK),
        ({}, "off asks", Health.OFF),
        ({"held_at": NOW}, "asks", Health.ASKING),
        ({"held_at": NOW}, "asks acted", Health.ASKING),
        ({"failures": 1}, "", Health.LATE),
        ({"failures": 2}, "", Health.FAILING),
        ({"failures": 2}, "acted", Health.OK),
        ({"failures": 3, "held_at": NOW}, "", Health.PAUSED),
        ({"failures": 3, "held_at": NOW}, "acted", Health.OK),
        ({"paused_at": NOW}, "", Health.PAUSED),
        ({"paused_at": NOW, "held_at": NOW}, "acted", Health.PAUSED),
        ({"due_at": NOW - timedelta(minutes=11)}, "", Health.LATE),
        ({"due_at": NOW - timedelta(minutes=11)}, "acted", Health.LATE),
        ({"due_at": NOW - timedelta(minutes=11), "failures": 2}, "acted", Health.LATE),
        ({"due_at": NOW - timedelta(minutes=11), "failures": 3, "held_at": NOW}, "acted", Health.OK),
    ],
)
def test_how_an_account_is_doing_fits_in_a_word(changes: dict[str, object], told: str, expected: Health):
    state = FetchState(**{"account_id": 1, "due_at": NOW, "failures": 0, **changes})
    said = {"active": "off" not in told, "asks": "asks" in told, "acted": "acted" in told}
    assert health(state, **said, interval=timedelta(minutes=5), now=NOW) is expected

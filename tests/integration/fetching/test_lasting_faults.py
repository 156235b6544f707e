"""What servers may do to a folder for good, and still nothing is lost and nobody waits for it for ever."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import select

from app import fetching
from app.fetching.folder_run import FolderRun
from app.mail import windows
from app.models import Placement, Trouble
from tests.fakes.mail_server import Peer
from tests.fakes.shelf import tag_of
from tests.integration.fetching.conftest import Collector
from tests.integration.fetching.mailbox import letter
from tests.integration.fetching.test_faults import Stage, close_in_the_middle, once


@pytest.fixture
def stage(collector: Collector) -> Iterator[Stage]:
    with ExitStack() as stack:
        yield Stage(collector, False, stack)


def test_a_uidvalidity_that_comes_back_hides_no_message(stage: Stage):
    stage.serve()
    for uidvalidity, subject in [(1, "a"), (2, "b"), (1, "c"), (2, "b"), (1, "a")]:
        stage.shelf.uidvalidity = uidvalidity
        stage.shelf.messages = {1: letter(subject)}
        assert stage.fetch() == "ok"
        assert stage.collector.subjects(stage.account, gone=False) == once(subject)
    assert set(stage.subjects) == {"a", "b", "c"}


def test_numbers_that_begin_anew_under_the_same_uidvalidity_are_matched_by_content(stage: Stage):
    stage.shelf.messages = {500: letter("a"), 501: letter("b")}
    stage.serve()
    assert stage.fetch() == "ok"
    stage.shelf.messages = {1: letter("c"), 2: letter("b")}
    assert stage.fetch() == "ok"
    assert stage.subjects == once("a", "b", "c")
    assert stage.collector.subjects(stage.account, gone=False) == once("b", "c")
    asked = len(stage.shelf.asked)
    assert stage.fetch() == "ok"
    assert len(stage.shelf.asked) == asked


def test_a_uidnext_that_is_never_true_has_nothing_fetched_twice(stage: Stage):
    stage.shelf.uidnext = 1
    stage.shelf.add(letter("a"), letter("b"))
    stage.serve()
    for _ in range(3):
        assert stage.fetch() == "ok"
    stage.shelf.add(letter("c"))
    assert stage.fetch() == "ok"
    assert stage.subjects == once(*"abc")
    assert sum(b"BODY" in line for line in stage.shelf.asked) == 2


@pytest.mark.parametrize("count", [4, 7])
def test_many_broken_messages_are_left_aside_as_few_are(stage: Stage, count: int):
    stage.shelf.add(*map(letter, "abcdefghi"))
    stage.shelf.refused = dict.fromkeys(range(2, 2 + count), b"NO [SERVERBUG] Internal error")
    stage.serve()
    assert [stage.fetch() for _ in range(3)] == ["ok"] * 3
    assert [(uid, tries) for uid, tries, _ in stage.troubles] == [(uid, 3) for uid in range(2, 2 + count)]
    assert stage.collector.folder(stage.account).cursor == 9


def test_an_outage_puts_nothing_aside_even_if_some_came_before(stage: Stage):
    stage.shelf.add(letter("z"))
    stage.serve()
    assert stage.fetch() == "ok"
    stage.shelf.add(*map(letter, "abcdef"))
    stage.shelf.refused = dict.fromkeys(range(1, 8), b"NO [UNAVAILABLE] try later")
    for _ in range(4):
        assert stage.fetch() == "server_busy"
    assert stage.troubles == []


def test_one_more_try_that_fails_is_counted_and_is_not_made_again(stage: Stage):
    stage.shelf.add(*map(letter, "abc"))
    stage.shelf.refused[2] = b"NO [SERVERBUG] Internal error"
    stage.serve()
    for _ in range(3):
        stage.fetch()
    session = stage.collector.session
    ((trouble, _folder),) = fetching.list_troubles(session, stage.account.id)
    fetching.retry(session, trouble, now=stage.collector.now)
    session.commit()
    assert stage.fetch() == "ok"
    assert stage.troubles == [(2, 4, "server_busy")]
    assert not session.scalars(select(Trouble).execution_options(populate_existing=True)).one().retry
    asked = len(stage.shelf.asked)
    assert stage.fetch() == "ok"
    assert len(stage.shelf.asked) == asked


FOLDERS = b'* LIST () "/" INBOX\r\n* LIST () "/" Other\r\nTAG OK done\r\n'


def several(stage: Stage, **replies: object) -> None:
    """Serve a second folder, which shows the same messages, and choose both."""
    stage.serve(LIST=lambda peer: peer.send(FOLDERS.replace(b"TAG", tag_of(peer))), **replies)
    session = stage.collector.session
    stage.shelf.messages, kept = {}, stage.shelf.messages
    stage.fetch()
    stage.shelf.messages = kept
    both = {folder.id for folder in fetching.list_folders(session, stage.account.id)}
    assert len(both) == 2
    fetching.choose(session, stage.account, both, now=stage.collector.now)
    session.commit()


def opens_all_but_inbox(stage: Stage, refusal: bytes):
    def answer(peer: Peer) -> None:
        if b'"INBOX"' in peer.line and stage.shelf.messages:
            peer.send(tag_of(peer) + refusal)
        else:
            stage.shelf._open(peer)

    return answer


@pytest.mark.parametrize(
    ("refusal", "outcome", "failures"),
    [
        (b" NO [SERVERBUG] broken\r\n", "server_busy", 1),
        (b" NO [NONEXISTENT] no such mailbox\r\n", "folder_missing", 0),
    ],
)
def test_a_folder_that_cannot_be_opened_does_not_keep_the_others_away(stage: Stage, refusal, outcome, failures):
    stage.shelf.add(letter("a"))
    several(stage, EXAMINE=opens_all_but_inbox(stage, refusal))
    assert stage.fetch() == outcome
    assert stage.subjects == once("a")
    assert stage.collector.folder(stage.account).outcome == outcome
    state = stage.collector.state(stage.account)
    assert (state.outcome, state.failures, state.lease_until) == (outcome, failures, None)


def test_a_folder_that_ends_the_session_comes_last_the_next_time(stage: Stage):
    stage.shelf.add(letter("a"))

    def closes(peer: Peer) -> None:
        if b'"INBOX"' in peer.line and stage.shelf.messages:
            peer.close()
            raise OSError
        stage.shelf._open(peer)

    several(stage, EXAMINE=closes)
    assert stage.fetch() == "server_closed"
    assert stage.fetch() == "server_closed"
    assert stage.subjects == once("a")


def test_a_message_that_breaks_the_session_for_good_does_not_keep_another_folder_away(stage: Stage):
    stage.shelf.add(letter("a"), letter("b"))
    stage.shelf.mischief[1] = close_in_the_middle
    several(stage)
    # Three times in either folder.
    outcomes = [stage.fetch() for _ in range(7)]
    assert outcomes[-1] == "ok"
    assert stage.subjects == once("b", "b")


def test_a_folder_with_few_messages_under_high_numbers_is_read(stage: Stage, monkeypatch):
    monkeypatch.setattr(windows, "MOST_LISTED", 3)
    numbers = [1, 2, 900, 901, 902, 903, 904, 5_000_000, 4_000_000_000]
    stage.shelf.messages = {uid: letter(f"m{uid}") for uid in numbers}
    stage.serve()
    assert stage.fetch() == "ok"
    runs = 1
    while runs < 10 and stage.collector.folder(stage.account).uidnext is None:
        assert stage.fetch() == "ok"
        runs += 1
    assert stage.subjects == once(*(f"m{uid}" for uid in numbers))
    assert runs < 6
    listings = sum(b"RFC822.SIZE" in line for line in stage.shelf.asked)
    assert listings < 100, "windows grow over what is empty"
    stage.shelf.messages[4_000_000_001] = letter("new")
    assert stage.fetch() == "ok"
    assert stage.subjects["new"] == 1


def test_a_large_folder_whose_server_does_not_tell_how_far_it_goes_is_read(stage: Stage, monkeypatch):
    monkeypatch.setattr(windows, "MOST_LISTED", 3)
    stage.shelf.messages = {uid: letter(f"m{uid}") for uid in (1, 2, 3, 4, 70, 71)}

    def opened(peer: Peer) -> None:
        peer.send(b"* OK [UIDVALIDITY 7] ok\r\n" + tag_of(peer) + b" OK done\r\n")

    stage.serve(EXAMINE=opened)
    for _ in range(5):
        assert stage.fetch() == "ok"
    assert set(stage.subjects.values()) == {1}
    assert len(stage.subjects) == 6


def marking(stage: Stage, answer: bytes) -> list[bytes]:
    asked: list[bytes] = []

    def uid(peer: Peer) -> None:
        if b"STORE" not in peer.line:
            stage.shelf._uid(peer)
            return
        asked.append(peer.line)
        peer.send(tag_of(peer) + answer)

    several(stage, UID=uid)
    session = stage.collector.session
    fetching.set_options(session, stage.account, interval_minutes=None, mark_seen=True, now=stage.collector.now)
    session.commit()
    return asked


def test_a_folder_that_refuses_marks_is_fetched_like_the_others(stage: Stage):
    stage.shelf.add(letter("a"))
    asked = marking(stage, b" NO [READ-ONLY] not here\r\n")
    assert stage.fetch() == "ok"
    assert stage.subjects == once("a", "a")
    assert len(asked) == 2
    assert stage.fetch() == "ok"
    assert len(asked) == 2, "it is not asked for ever"


def test_marking_ends_when_nobody_wants_the_fetch_any_more(stage: Stage, monkeypatch):
    stage.shelf.add(letter("a"))
    asked = marking(stage, b" OK done\r\n")
    # What comes before the marks is wanted.
    real = FolderRun._mark

    def mark(run: FolderRun) -> None:
        run.wanted.ended = True
        real(run)

    monkeypatch.setattr(FolderRun, "_mark", mark)
    assert stage.fetch() is None
    assert asked == []
    due = select(Placement.uid).where(Placement.mark_due)
    stage.collector.session.rollback()
    assert stage.collector.session.scalars(due).all() == [1]

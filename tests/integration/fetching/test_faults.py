"""faults.md, IMAP mailbox semantics and session faults, as fetching meets them; each played in both segmentations."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import fetching, mailbox
from app.fetching import folder_run, tools
from app.models import Account, Message, Placement, Trouble
from tests.fakes.mail_server import Peer, ScriptedServer, serving
from tests.fakes.shelf import Shelf, tag_of
from tests.integration.fetching.conftest import EACH_STORE_AND_BYTE_BY_BYTE, Collector
from tests.integration.fetching.mailbox import letter


class Stage:
    """A shelf that is served, and an account on it."""

    def __init__(self, collector: Collector, bytewise: bool, stack: ExitStack) -> None:
        self.collector, self._bytewise, self._stack = collector, bytewise, stack
        self.shelf = Shelf()
        self.server: ScriptedServer
        self.account: Account

    def serve(self, **replies: object) -> Account:
        handler = self.shelf.script(**replies)
        self.server = self._stack.enter_context(serving(handler, bytewise=self._bytewise))
        self.account = self.collector.account(self.server.port)
        return self.account

    def fetch(self) -> str | None:
        return self.collector.fetch(self.account).outcome

    @property
    def subjects(self) -> Counter[str]:
        return self.collector.subjects(self.account)

    @property
    def troubles(self) -> list[tuple[int, int, str]]:
        self.collector.session.rollback()
        rows = self.collector.session.scalars(select(Trouble).execution_options(populate_existing=True))
        return sorted((each.uid, each.attempts, each.outcome) for each in rows)


pytestmark = EACH_STORE_AND_BYTE_BY_BYTE


@pytest.fixture
def stage(collector: Collector, bytewise: bool) -> Iterator[Stage]:
    with ExitStack() as stack:
        yield Stage(collector, bytewise, stack)


def once(*subjects: str) -> Counter[str]:
    return Counter(subjects)


def test_a_new_uidvalidity_is_matched_by_content(stage: Stage):
    stage.shelf.add(letter("a"), letter("b"), letter("b"))
    stage.serve()
    assert stage.fetch() == "ok"
    stage.shelf.uidvalidity = 8
    stage.shelf.messages = {11: letter("b"), 12: letter("c"), 13: letter("a")}
    assert stage.fetch() == "ok"
    assert stage.subjects == once("a", "b", "b", "c"), "nothing twice, and what is gone is kept"
    assert stage.collector.subjects(stage.account, gone=False) == once("a", "b", "c")
    assert stage.fetch() == "ok"
    assert stage.subjects == once("a", "b", "b", "c")


def test_what_only_has_another_number_is_neither_new_nor_expected(stage: Stage):
    stage.shelf.add(*(letter(f"m{number}") for number in range(60)))
    stage.serve()
    assert stage.fetch() == "ok"
    stage.shelf.uidvalidity = 8
    stage.shelf.messages = {uid + 100: raw for uid, raw in stage.shelf.messages.items()}
    stage.shelf.add(letter("another"))
    assert stage.fetch() == "ok"
    state = stage.collector.state(stage.account)
    assert (state.stored, state.expected) == (1, 1)


def test_the_last_message_that_is_told_again_is_not_fetched_again(stage: Stage):
    stage.shelf.add(letter("a"), letter("b"))
    stage.shelf.uidnext = 99
    stage.serve()
    for uidnext in (99, 100, 101):
        stage.shelf.uidnext = uidnext
        assert stage.fetch() == "ok"
    assert stage.subjects == once("a", "b")
    assert sum(b"BODY.PEEK" in line for line in stage.shelf.asked) == 1


def test_the_same_uid_twice_is_one_message(stage: Stage):
    stage.shelf.add(letter("a"), letter("b"))
    stage.shelf.mischief[1] = lambda peer, answer: peer.send(answer + answer.replace(b"Subject: a", b"Subject: x"))
    stage.serve()
    assert stage.fetch() == "ok"
    assert stage.subjects == once("a", "b")


def test_a_message_that_goes_before_it_is_had_is_no_error(stage: Stage):
    stage.shelf.add(letter("a"), letter("b"), letter("c"))
    stage.shelf.vanishing = {2}
    stage.serve()
    assert stage.fetch() == "ok"
    assert stage.subjects == once("a", "c")
    assert stage.troubles == []
    assert stage.collector.folder(stage.account).cursor == 3


@pytest.mark.parametrize("code", [b"NO [SERVERBUG] Internal error", b"NO [EXPUNGEISSUED] gone", b"BAD what?"])
def test_one_message_that_cannot_be_had_is_left_aside_after_three_tries(stage: Stage, code: bytes):
    stage.shelf.add(*map(letter, "abcd"))
    stage.shelf.refused[2] = code
    stage.serve()
    for attempts in (1, 2, 3):
        assert stage.fetch() == "ok"
        assert stage.subjects == once("a", "c", "d"), "the others come at once"
        assert [(uid, tries) for uid, tries, _ in stage.troubles] == [(2, attempts)]
        assert stage.collector.folder(stage.account).cursor == (4 if attempts == 3 else 1)
    asked = len(stage.shelf.asked)
    assert stage.fetch() == "ok"
    assert len(stage.shelf.asked) == asked, "nothing is asked for any more"
    ((trouble, _folder),) = fetching.list_troubles(stage.collector.session, stage.account.id)
    stage.shelf.refused.clear()
    fetching.retry(stage.collector.session, trouble, now=stage.collector.now)
    stage.collector.session.commit()
    assert stage.fetch() == "ok"
    assert stage.subjects == once(*"abcd")
    assert stage.troubles == []


def test_a_server_that_refuses_everything_puts_nothing_aside(stage: Stage):
    stage.shelf.add(*map(letter, "abcdef"))
    stage.shelf.refused = dict.fromkeys(range(1, 7), b"NO [UNAVAILABLE] try later")
    stage.serve()
    for _ in range(4):
        assert stage.fetch() == "server_busy"
    assert stage.troubles == []
    stage.shelf.refused.clear()
    assert stage.fetch() == "ok"
    assert stage.subjects == once(*"abcdef")


def close_in_the_middle(peer: Peer, answer: bytes) -> None:
    peer.send(answer[: len(answer) // 2])
    peer.close()
    raise OSError


def reset_in_the_middle(peer: Peer, answer: bytes) -> None:
    peer.send(answer[: len(answer) // 2])
    peer.reset()
    raise OSError


def too_short(peer: Peer, answer: bytes) -> None:
    peer.send(answer.replace(b"{%d}" % len(letter("b")), b"{5}"))


def slyly_short(peer: Peer, answer: bytes) -> None:
    """Have what follows the literal look like the end of the answer, up to the next line."""
    peer.send(b"* 2 FETCH (UID 2 BODY[] {4}\r\nFrom)\r\n" + answer.partition(b"\r\n")[2])


def too_long(peer: Peer, answer: bytes) -> None:
    peer.send(answer.replace(b"{%d}" % len(letter("b")), b"{9000}"))
    peer.close()
    raise OSError


def giant(peer: Peer, answer: bytes) -> None:
    peer.send(b"* 2 FETCH (UID 2 BODY[] {9999999999}\r\n")


@pytest.mark.parametrize(
    ("mischief", "outcome"),
    [
        (close_in_the_middle, "server_closed"),
        (reset_in_the_middle, "server_closed"),
        (too_short, "protocol_error"),
        (slyly_short, "protocol_error"),
        (too_long, "server_closed"),
        (giant, "protocol_error"),
    ],
)
def test_a_message_that_breaks_off_is_not_stored_and_fetched_once_by_the_next_run(
    stage: Stage, mischief: Callable[[Peer, bytes], None], outcome: str
):
    stage.shelf.add(*map(letter, "abc"))
    stage.shelf.mischief[2] = mischief
    stage.serve()
    assert stage.fetch() == outcome
    # A reset takes away what was on its way.
    reset = mischief is reset_in_the_middle
    assert stage.subjects == once("a") or (reset and not stage.subjects)
    state = stage.collector.state(stage.account)
    assert (state.failures, state.held_at, state.lease_until) == (1, None, None)
    assert state.due_at - stage.collector.now == timedelta(minutes=1)
    assert stage.troubles == [(2, 1, outcome)] or reset
    stage.shelf.mischief.clear()
    assert stage.fetch() == "ok"
    assert stage.subjects == once(*"abc")
    assert stage.troubles == []


def test_a_message_that_always_breaks_the_connection_does_not_keep_the_others_away(stage: Stage):
    stage.shelf.add(*map(letter, "abc"))
    stage.shelf.mischief[2] = close_in_the_middle
    stage.serve()
    outcomes = [stage.fetch() for _ in range(4)]
    assert outcomes[-1] == "ok"
    assert stage.subjects == once("a", "c")
    assert [(uid, tries) for uid, tries, _ in stage.troubles] == [(2, 3)]


def hang_up(peer: Peer, _answer: bytes) -> None:
    """What Dovecot does about a message that it cannot read."""
    peer.send(b"* BYE FETCH failed: Internal error occurred. Refer to server log for more information.\r\n")
    peer.close()
    raise OSError


def close_at_once(peer: Peer, _answer: bytes) -> None:
    peer.close()
    raise OSError


@pytest.mark.parametrize("mischief", [hang_up, close_at_once])
@pytest.mark.parametrize("broken", [1, 2, 3])
def test_a_server_that_hangs_up_instead_of_a_message_keeps_no_others_away(stage: Stage, mischief, broken: int):
    stage.shelf.add(letter("old"))
    stage.serve()
    assert stage.fetch() == "ok"
    stage.shelf.add(*map(letter, "abc"))
    stage.shelf.mischief[1 + broken] = mischief
    outcomes = [stage.fetch() for _ in range(5)]
    assert outcomes[-1] == "ok"
    assert stage.subjects == once("old", *(each for number, each in enumerate("abc", 1) if number != broken))
    assert [(uid, tries) for uid, tries, _ in stage.troubles] == [(1 + broken, 3)]


@pytest.mark.parametrize("mischief", [hang_up, close_at_once])
@pytest.mark.parametrize("before", [0, 1])
def test_a_server_that_hangs_up_instead_of_all_messages_has_none_put_aside(stage: Stage, mischief, before: int):
    stage.shelf.add(*(letter(f"old {number}") for number in range(before)))
    stage.serve()
    assert stage.fetch() == "ok"
    stage.shelf.add(letter("a"), letter("b"))
    stage.shelf.mischief = dict.fromkeys(range(1, before + 3), mischief)
    assert "ok" not in [stage.fetch() for _ in range(9)]
    assert all(tries < 3 for _uid, tries, _outcome in stage.troubles)
    stage.shelf.mischief.clear()
    assert stage.fetch() == "ok"
    assert stage.subjects == once("a", "b", *(f"old {number}" for number in range(before)))
    assert stage.troubles == []


def test_lines_that_nobody_asked_for_change_nothing(stage: Stage):
    stage.shelf.add(letter("a"), letter("b"))
    stage.shelf.before_each = (
        b"* 5 EXISTS\r\n* 1 FETCH (FLAGS (\\Seen))\r\n* 9 EXPUNGE\r\n* OK still here {5}\r\n"
        b"* 1 FETCH (UID 77 BODY[] {3}\r\nabc)\r\n* 1 FETCH (BODY[] {2}\r\nxy)\r\n* STATUS x (y \x00)\r\n"
    )
    stage.shelf.uid_last = True
    stage.serve()
    assert stage.fetch() == "ok"
    assert stage.subjects == once("a", "b")


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (b"", ""),
        (b"\r\n", ""),
        (b"no headers at all", ""),
        (b"Subject: =?utf-8?b?xbxvxYJ3?=\r\nMessage-ID:\r\nMessage-ID: <a@b>\r\n\r\nx", "żołw"),
        (b"Subject: a\0b\r\nFrom: x\0 <y\0@z>\r\nMessage-ID: <a\0@b>\r\n\r\n\0\0", "a b"),
        (b"Subject: c\r\nDate: Mon, 99 Foo 99999 99:99:99 +9999\r\n\r\n", "c"),
        (b"Subject: d\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\nno boundary", "d"),
        (b"Subject: e\r\nContent-Transfer-Encoding: base64\r\n\r\nabc", "e"),
        (b"Subject: \xff\xfe\r\nFrom: \xff <\xff@x>\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n\xff", "˙ţ"),
        (b"Subject: =?x?q?" + b"=ED=A0=80" * 20 + b"?=\r\nFrom: " + b"(" * 5000 + b"\r\n\r\n", None),
    ],
)
def test_mail_that_is_broken_is_stored_as_it_is(stage: Stage, raw: bytes, subject: str | None):
    stage.shelf.add(raw, letter("after"))
    stage.shelf.internal_date = b'"99-Foo-0000 99:99:99 +9999"'
    stage.serve()
    assert stage.fetch() == "ok"
    stage.collector.session.rollback()
    listed = mailbox.list_messages(stage.collector.session, account_id=stage.account.id)
    assert len(listed) == 2
    (found,) = [each for each in listed if each.message.subject != "after"]
    assert b"".join(mailbox.content_of(stage.collector.session, found.message)) == raw
    assert subject is None or found.message.subject == subject
    assert found.placement.received_at == stage.collector.now


def test_two_messages_with_one_message_id_are_two(stage: Stage):
    stage.shelf.add(letter("a", Message_ID="<same@x>"), letter("b", Message_ID="<same@x>"), letter("b", "anders"))
    stage.serve()
    assert stage.fetch() == "ok"
    assert stage.subjects == once("a", "b", "b")


def test_a_server_that_answers_several_commands_at_a_time_is_understood(stage: Stage):
    asked: list[tuple[bytes, int]] = []

    def mixed(peer: Peer) -> None:
        if b"BODY" not in peer.line:
            stage.shelf._uid(peer)
            return
        stage.shelf.asked.append(peer.line)
        asked.append((tag_of(peer), int(peer.line.split()[3])))
        if len(asked) == 3:
            for _tag, uid in [asked[1], asked[2], asked[0]]:
                peer.send(stage.shelf.answer(uid))
            for tag, _uid in [asked[2], asked[0], asked[1]]:
                peer.send(tag + b" OK done\r\n")

    stage.shelf.add(*map(letter, "abc"))
    # Each too large to share a request with the next one.
    stage.shelf.sizes = dict.fromkeys((1, 2, 3), 6_000_000)
    stage.serve(UID=mixed)
    assert stage.fetch() == "ok"
    assert stage.subjects == once("a", "b", "c")
    assert sum(b"BODY" in line for line in stage.shelf.asked) == 3, "nothing is asked for twice"


def test_a_giant_message_is_had_by_its_headers_only(stage: Stage):
    stage.shelf.add(letter("small"), letter("giant", "x" * 1000))
    stage.shelf.sizes[2] = 100 * 1024 * 1024
    stage.serve()
    assert stage.fetch() == "ok"
    assert b"HEADER" in stage.shelf.asked[-1]
    listed = mailbox.list_messages(stage.collector.session, account_id=stage.account.id)
    told = {each.message.subject: (each.message.complete, each.message.size) for each in listed}
    assert told == {"small": (True, len(letter("small"))), "giant": (False, 100 * 1024 * 1024)}


def test_an_inbox_that_is_not_there_is_told(stage: Stage):
    stage.serve(EXAMINE=b"TAG NO [NONEXISTENT] no such mailbox\r\n")
    assert stage.fetch() == "folder_missing"
    assert stage.collector.state(stage.account).held_at is None
    assert stage.collector.folder(stage.account).outcome == "folder_missing"


@pytest.mark.parametrize(
    "remark",
    [
        b"* OK [CLOSED] Previous mailbox closed.\r\n",
        b"* NO Your account is locked for deliveries at night.\r\n",
        b"* OK [ALERT] The account will be disabled; the mailbox is closed on Friday.\r\n",
    ],
)
def test_what_is_said_by_the_way_is_not_why_a_folder_cannot_be_opened(stage: Stage, remark: bytes):
    stage.serve(EXAMINE=remark + b"TAG NO Can not open that.\r\n")
    assert stage.fetch() == "folder_missing"
    assert stage.collector.state(stage.account).held_at is None


def test_an_alert_says_why_a_folder_cannot_be_opened(stage: Stage):
    stage.serve(EXAMINE=b"* NO [ALERT] Too many simultaneous connections.\r\nTAG NO failed\r\n")
    assert stage.fetch() == "too_many_connections"


def test_what_is_said_of_the_folder_that_was_open_before_is_not_about_this_one(stage: Stage):
    of_the_one_before = (
        b"* 99 EXISTS\r\n* OK [UIDVALIDITY 999] ok\r\n* OK [UIDNEXT 500] ok\r\n* OK [HIGHESTMODSEQ 12345] ok\r\n"
        b"* OK [CLOSED] Previous mailbox closed.\r\n"
    )

    def open_another(peer: Peer) -> None:
        peer.send(of_the_one_before)
        stage.shelf._open(peer)

    stage.shelf.uidvalidity = None
    stage.shelf.add(letter("a"))
    stage.serve(EXAMINE=open_another)
    assert stage.fetch() == "ok"
    folder = stage.collector.folder(stage.account)
    assert (folder.uidvalidity, folder.uidnext, folder.exists, folder.modseq) == (0, 2, 1, None)
    assert stage.subjects == once("a")


def test_a_mark_that_is_refused_is_not_taken_for_set(stage: Stage):
    def refuse_marks(peer: Peer) -> None:
        if b"STORE" in peer.line:
            peer.send(tag_of(peer) + b" NO [NOPERM] not yours to mark\r\n")
        else:
            stage.shelf._uid(peer)

    stage.shelf.add(letter("a"), letter("b"))
    account = stage.serve(UID=refuse_marks)
    collector = stage.collector
    fetching.set_options(collector.session, account, interval_minutes=None, mark_seen=True, now=collector.now)
    collector.session.commit()
    assert stage.fetch() == "ok"
    collector.session.rollback()
    places = collector.session.scalars(select(Placement)).all()
    assert [(each.marked, each.mark_due) for each in places] == [(False, False)] * 2
    assert stage.server.sent(b"STORE") == 1


def test_a_server_without_uidvalidity_and_uidnext_is_read_all_the_same(stage: Stage):
    stage.shelf.uidvalidity = None
    stage.shelf.add(letter("a"))
    stage.serve(STATUS=b"* STATUS INBOX ()\r\nTAG OK done\r\n")
    assert stage.fetch() == "ok"
    stage.shelf.add(letter("b"))
    assert stage.fetch() == "ok"
    assert stage.subjects == once("a", "b")


@pytest.mark.parametrize(
    ("word", "reply", "outcome"),
    [
        ("EXAMINE", b"* BYE Too many connections\r\n", "too_many_connections"),
        ("EXAMINE", b"TAG NO [UNAVAILABLE] later\r\n", "server_busy"),
        ("UID", b"* BYE Disconnected for inactivity\r\n", "server_closed"),
        ("UID", b"TAG NO [LIMIT] rate limit exceeded\r\n", "rate_limited"),
        ("UID", b"* 1 FETCH (UID 1 {99999999}\r\n", "protocol_error"),
        ("UID", b"OTHER OK done\r\n", "protocol_error"),
        ("UID", b"+ what?\r\n", "protocol_error"),
        ("LIST", b'* LIST () "/" {999999}\r\n', "protocol_error"),
    ],
)
def test_what_goes_wrong_with_the_session_is_for_later(stage: Stage, word: str, reply: bytes, outcome: str):
    def answer(peer: Peer) -> None:
        peer.send(reply.replace(b"TAG", tag_of(peer)))
        if b"BYE" in reply:
            peer.close()
            raise OSError

    stage.shelf.add(letter("a"))
    stage.serve(**{word: answer})
    assert stage.fetch() == outcome
    state = stage.collector.state(stage.account)
    assert (state.outcome, state.failures, state.held_at) == (outcome, 1, None)


def test_a_flood_of_lines_is_stopped(stage: Stage, monkeypatch):
    stage.shelf.add(letter("a"))
    if stage._bytewise:
        monkeypatch.setattr("app.mail.fetch.MOST_UNASKED", 100)
    stage.serve(UID=lambda peer: peer.flood(b"* 1 FETCH (UID 5 RFC822.SIZE 5)\r\n" * 500))
    assert stage.fetch() == "too_much_data"


def test_a_drip_ends_at_the_deadline_and_counts_against_the_message(stage: Stage, monkeypatch):
    monkeypatch.setattr("app.fetching.running.FETCH_SECONDS", 1.5)

    def drip(peer: Peer, answer: bytes) -> None:
        peer.send(answer[:120])
        while not peer.ends_within(0.3):
            peer.send(b"x")
        raise OSError

    stage.shelf.add(letter("a"))
    stage.shelf.mischief[1] = drip
    stage.serve()
    assert stage.fetch() == "timeout_total"
    assert stage.troubles == [(1, 1, "timeout_total")]


def test_switching_off_ends_a_fetch_between_two_messages_and_on_again_goes_on(stage: Stage, monkeypatch):
    monkeypatch.setattr(tools, "ASK_SECONDS", 0.0)
    stage.shelf.add(*map(letter, "abcd"))

    def switch_off(peer: Peer, answer: bytes) -> None:
        peer.send(answer)
        stage.collector.transact(lambda session: _switch(session, stage.account.id, active=False))

    stage.serve()
    stage.shelf.mischief[2] = switch_off
    assert stage.fetch() is None
    got = stage.subjects
    assert 1 <= got.total() < 4
    assert stage.collector.fetch_if_due(stage.account) is None
    stage.shelf.mischief.clear()
    stage.collector.transact(lambda session: _switch(session, stage.account.id, active=True))
    report = stage.collector.fetch_if_due(stage.account)
    assert report is not None
    assert (report.outcome, report.new) == ("ok", 4 - got.total())
    assert stage.subjects == once(*"abcd")


def _switch(session, account_id: int, *, active: bool) -> None:
    account = session.get_one(Account, account_id)
    account.active = active


def test_more_singles_than_one_run_looks_at_come_in_the_next(stage: Stage, monkeypatch):
    monkeypatch.setattr(folder_run, "MOST_SINGLES", 2)
    stage.shelf.add(*map(letter, "abcdef"))
    stage.shelf.refused[2] = b"NO [SERVERBUG] oops"
    stage.serve()
    stage.fetch()
    assert stage.collector.state(stage.account).due_at == stage.collector.now, "there is more, and it is due at once"
    for _ in range(3):
        stage.fetch()
    assert stage.subjects == once(*"acdef")


def test_one_mail_in_many_places_is_stored_once(stage: Stage):
    stage.shelf.add(letter("a"), letter("a"), letter("a"))
    stage.serve()
    assert stage.fetch() == "ok"
    session = stage.collector.session
    assert session.scalar(select(func.count()).select_from(Message)) == 1
    assert session.scalar(select(func.count()).select_from(Placement)) == 3

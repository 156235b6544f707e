"""Compressed lines: where they pay, with a real server, and what scripted ones may do over them."""

import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest
from imapclient import IMAPClient

from app import fetching
from app.mail import pacing
from app.mail.connection import LONGEST_REPLY
from app.mail.content import MEBI
from app.mail.deadline import Deadline
from app.mail.failures import StepFailed
from app.mail.fetch import FetchSession
from app.mail.fetch_requests import Request
from app.mail.fetched_lines import Item
from app.mail.glance import Glance, glance
from app.models import Account
from tests.fakes.mail_server import Peer, imap, serving
from tests.fakes.narrow_link import narrow_link
from tests.fakes.shelf import tag_of
from tests.fakes.slow_link import slow_links
from tests.fakes.squeezed import Answer, squeezed
from tests.integration.fetching.conftest import Collector
from tests.integration.fetching.mailbox import letter, mailbox
from tests.servers.dovecot import Dovecot, dovecot
from tests.servers.fixtures import PASSWORD, USER
from tests.servers.ports import free_ports

ZLIB = "protocol imap {\n  mail_plugins = imap_zlib\n}\n"
COUNT, LINES = 40, 4500


@pytest.fixture(scope="module")
def squeezing(server_folder, certificate) -> Iterator[Dovecot]:
    """Dovecot that offers to compress."""
    with dovecot(server_folder / "squeezing", certificate, {USER: PASSWORD}, ZLIB) as server:
        yield server


@pytest.fixture
def client(squeezing: Dovecot, authority) -> Iterator[IMAPClient]:
    with mailbox(squeezing.tls_port, str(authority.ca_file)) as opened:
        yield opened


@contextmanager
def session_of(collector: Collector, account: Account, seconds: float = 20) -> Iterator[FetchSession]:
    claim = collector.claim(account)
    (work,) = collector.transact(lambda each: fetching.load(each, [claim], collector.vault, now=collector.now))
    with Deadline(seconds) as deadline, collector.tools.connect(work, deadline=deadline) as session:
        yield session


@pytest.mark.parametrize(
    "line",
    [(0.025, 1_000_000, True), (0.025, None, False), (0.0, 1_000_000, False), (None, None, False)],
    ids=["far and narrow", "far and wide", "near and narrow", "near and wide"],
)
def test_only_lines_that_are_far_and_slow_are_compressed(collector: Collector, client, squeezing, monkeypatch, line):
    one_way, rate, compressed = line
    monkeypatch.setattr(pacing, "LONG_BYTES", 2 * MEBI)
    text = "\r\n".join(f"Zlecenie numer {number * 7919}" for number in range(LINES))
    for number in range(COUNT):
        client.append("INBOX", letter(f"m{number:02}", text))
    tools, states = replace(collector.tools, most_bytes=2 * MEBI), []

    @contextmanager
    def connect(work, *, deadline):
        with tools.connect(work, deadline=deadline) as session:
            assert session.offers_compression
            yield session
            states.append(not session.offers_compression)

    with ExitStack() as stack:
        port, (narrow, slow) = squeezing.tls_port, free_ports(2)
        if rate is not None:
            stack.enter_context(narrow_link(narrow, port, rate))
            port = narrow
        if one_way is not None:
            stack.enter_context(slow_links({slow: port}, one_way))
            port = slow
        account = collector.account(port, "tls")
        report = collector.run(collector.claim(account), replace(tools, connect=connect))
    assert (report.outcome, report.new) == ("ok", COUNT)
    assert states == [compressed]
    for number in (0, 7, COUNT - 1):
        assert collector.content(account, f"m{number:02}") == letter(f"m{number:02}", text)


def test_everything_can_be_done_over_a_compressed_line(collector: Collector, client, squeezing):
    for number in range(5):
        client.append("INBOX", letter(f"m{number}", "x" * 300_000))
    with session_of(collector, collector.account(squeezing.tls_port, "tls")) as session, Deadline(20) as deadline:
        session.compress()
        assert not session.offers_compression
        assert [each.name for each in session.folders()] == ["INBOX"]
        said = session.open("INBOX")
        listing = session.listing(0, exists=said.exists)
        assert len(listing.uids) == 5
        there = session.still_there(listing.uids)
        assert there.sizes == listing.sizes
        asked = (Request([uid]) for uid in listing.uids)
        came = [got for got in session.receive(asked, most=MEBI, wanted=lambda: True) if isinstance(got, Item)]
        assert [each.content.size for each in came] == list(listing.sizes)
        assert session.rest()
        client.append("INBOX", letter("more"))
        one = Glance(session, ["INBOX"])
        glance([one], deadline, 5)
        assert one.said is not None
        assert one.said[0].exists == 6
        assert session.rest()
        assert session.go_on(deadline)


@contextmanager
def scripted(collector: Collector, reply: object, seconds: float = 20) -> Iterator[FetchSession]:
    welcome = b"TAG OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] welcome\r\n"
    with serving(imap(replies={"AUTHENTICATE": welcome, "COMPRESS": reply})) as server:
        account = collector.account(server.port)
        with session_of(collector, account, seconds) as session:
            yield session


def status(tag: bytes, _words: bytes) -> bytes:
    return b"* STATUS INBOX (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7)\r\n" + tag + b" OK done\r\n"


@pytest.mark.parametrize("reply", [b"TAG NO [COMPRESSIONACTIVE] no\r\n", b"TAG BAD what?\r\n"])
def test_a_server_that_will_not_is_talked_to_as_before(collector: Collector, reply: bytes):
    with scripted(collector, reply) as session:
        session.compress()
        assert session.is_usable
        assert session.offers_compression


def test_what_comes_together_with_the_yes_is_compressed_already(collector: Collector):
    with scripted(collector, squeezed(status, at_once=b"* OK still here\r\n" * 100)) as session:
        session.compress()
        (said,) = session.statuses(["INBOX"])
        assert said.exists == 3


def test_an_answer_that_has_come_is_seen_although_the_line_is_silent_since(collector: Collector):
    """All of it comes in one small piece, of which only the beginning is unpacked at once."""

    def answer(tag: bytes, words: bytes) -> bytes:
        return b"* OK still here, and that is all there is to say about it\r\n" * 5000 + status(tag, words)

    with scripted(collector, squeezed(answer)) as session, Deadline(20) as deadline:
        session.compress()
        one = Glance(session, ["INBOX"])
        glance([one], deadline, 5)
        assert one.said is not None
        assert one.said[0].exists == 3


def bomb(beginning: bytes, filling: bytes) -> Answer:
    return lambda _tag, _words: beginning + filling * (100 * MEBI // len(filling))


BOMBS = {
    "an endless line": (bomb(b"* STATUS ", b"x"), "protocol_error"),
    "more answers than were asked for": (bomb(b"", b"* 5 EXISTS\r\n"), "too_much_data"),
    "more remarks than anybody makes": (bomb(b"", b"* OK still here\r\n"), "too_much_data"),
    "a giant literal": (lambda _tag, _words: b"* STATUS {200000000}\r\n", "protocol_error"),
    "a literal that is longer than it says": (bomb(b"* STATUS {5}\r\n", b"x"), "protocol_error"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_little_that_becomes_very_much_is_bounded_like_everything(collector: Collector, kind: str):
    answer, outcome = BOMBS[kind]
    with scripted(collector, squeezed(answer)) as session:
        session.compress()
        with pytest.raises(StepFailed, match=outcome):
            list(session.folders())


def test_nobody_is_held_up_by_a_bomb_among_many(collector: Collector):
    with scripted(collector, squeezed(bomb(b"", b"x"))) as session, Deadline(20) as deadline:
        session.compress()
        one = Glance(session, ["INBOX"])
        glance([one], deadline, 5)
        assert one.said is None
        assert len(session._connection._buffer) <= LONGEST_REPLY


def corrupted(data: bytes) -> bytes:
    return b"\xff" * len(data)


def ended(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def plain(data: bytes) -> bytes:
    return data


@pytest.mark.parametrize("pack", [corrupted, ended, plain])
def test_a_stream_that_breaks_is_no_answer(collector: Collector, pack: Callable[[bytes], bytes]):
    with scripted(collector, squeezed(status, pack=pack)) as session:
        session.compress()
        if pack is ended:
            (said,) = session.statuses(["INBOX"])
            assert said.exists == 3
        with pytest.raises(StepFailed, match="protocol_error"):
            session.statuses(["INBOX"])


def test_the_deadline_holds_over_a_compressed_line(collector: Collector):
    # The answer to one question stays away: an empty block is all that comes.
    with scripted(collector, squeezed(lambda _tag, _words: b""), seconds=1.5) as session:
        session.compress()
        with pytest.raises(StepFailed, match="timeout_total"):
            session.folders()


def nothing_for_ever(peer: Peer) -> None:
    peer.send(tag_of(peer) + b" OK DEFLATE active\r\n")
    # A stored block without content (RFC 1951, 3.2.4), again and again.
    peer.flood(b"\0\0\0\xff\xff" * 1000)


def test_nothing_for_ever_is_too_much(collector: Collector):
    with scripted(collector, nothing_for_ever) as session:
        session.compress()
        with pytest.raises(StepFailed, match="too_much_data"):
            session.folders()


def test_nobody_is_held_up_by_nothing_for_ever(collector: Collector):
    with scripted(collector, nothing_for_ever) as session, Deadline(20) as deadline:
        session.compress()
        one = Glance(session, ["INBOX"])
        began = time.monotonic()
        glance([one], deadline, 5)
        assert one.said is None
        assert time.monotonic() - began < 4

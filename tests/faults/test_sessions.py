"""faults.md, IMAP session faults, and the same classes over SMTP."""

from collections.abc import Callable

import pytest

from tests.fakes.mail_server import Peer, Script, imap, smtp
from tests.faults.conftest import Stage
from tests.servers.checking import steps


@pytest.mark.parametrize("make", [imap, smtp], ids=["imap", "smtp"])
@pytest.mark.parametrize("end", [Peer.close, Peer.reset], ids=["close", "reset"])
def test_hanging_up_at_once_is_server_closed(
    make: Callable[..., Script], end: Callable[[Peer], None], play: Stage
) -> None:
    result = play(make(end), "none")
    assert result.outcome == "server_closed"
    assert steps(result)[-1] == "greeting!"


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (imap(b"* BYE Too many connections from your address\r\n"), "too_many_connections"),
        (imap(b"* bye too many connections\r\n"), "too_many_connections"),
        (imap(b"* BYE Server shutting down\r\n"), "server_busy"),
        (imap(b"* BYE [UNAVAILABLE] Temporary failure\r\n"), "server_busy"),
        (smtp(b"421 4.7.0 Too many connections\r\n"), "too_many_connections"),
        (smtp(b"421-4.7.0 mail.skrzynka.test\r\n421 4.7.0 Service not available\r\n"), "server_busy"),
        (smtp(b"421 4.7.0 Rate limit exceeded\r\n"), "rate_limited"),
        (smtp(b"554 No SMTP service here\r\n"), "protocol_disabled"),
        (imap(b"220 mail.skrzynka.test ESMTP\r\n"), "wrong_protocol"),
        (smtp(b"* OK IMAP4rev1 ready\r\n"), "wrong_protocol"),
        (imap(b"+OK POP3 ready\r\n"), "wrong_protocol"),
        (smtp(b"SSH-2.0-OpenSSH_9.2\r\n"), "wrong_protocol"),
        (imap(b"hello\r\n"), "protocol_error"),
    ],
)
def test_a_greeting_that_is_no_welcome_is_understood(script: Script, outcome: str, play: Stage) -> None:
    assert play(script, "none").outcome == outcome


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (b"TAG NO [NONEXISTENT] Mailbox doesn't exist: INBOX\r\n", "folder_missing"),
        (b"TAG NO no such mailbox\r\n", "folder_missing"),
        (b"TAG NO [SERVERBUG] Internal error\r\n", "server_busy"),
        (b"TAG NO [UNAVAILABLE] try again\r\n", "server_busy"),
        (b"* BYE Disconnected for inactivity\r\n", "server_closed"),
        (b"* FLAGS ({9999999999}\r\n", "protocol_error"),
        (b"* LIST () NIL {99999999999999999999999999}\r\n", "protocol_error"),
        (b"* LIST () NIL {3}\r\nlonger than three\r\nTAG OK done\r\n", "protocol_error"),
        (b"+ what else?\r\n", "protocol_error"),
        (b"OTHER OK done\r\n", "protocol_error"),
        (b"TAG ok done\r\n", "ok"),
        (b"TAG OK\r\n", "ok"),
        (b"* 3 exists\nTAG OK done\n", "ok"),
    ],
)
def test_what_the_inbox_answers_is_understood(reply: bytes, outcome: str, play: Stage) -> None:
    def answer(peer: Peer) -> None:
        peer.send(reply.replace(b"TAG", tag_of(play)))
        peer.close()

    closes = b"BYE" in reply
    result = play(imap(replies={"EXAMINE": answer if closes else reply}), "none")
    assert result.outcome == outcome
    assert steps(result)[-1] == ("inbox" if outcome == "ok" else "inbox!")


def tag_of(play: Stage) -> bytes:
    return bytes(play.server.received[-1]).splitlines()[-1].split()[0]


@pytest.mark.parametrize(
    ("flood", "outcome"),
    [(b"x" * 65536, "protocol_error"), (b"* 1 EXISTS\r\n" * 4096, "too_much_data")],
    ids=["a line without end", "a reply without end"],
)
def test_a_server_that_never_stops_is_stopped(flood: bytes, outcome: str, play: Stage) -> None:
    result = play(imap(replies={"EXAMINE": lambda peer: peer.flood(flood)}), "none")
    assert result.outcome == outcome


def test_an_ehlo_without_end_is_too_much_data(play: Stage) -> None:
    result = play(smtp(replies={"EHLO": lambda peer: peer.flood(b"250-X\r\n" * 4096)}), "none")
    assert result.outcome == "too_much_data"


def test_a_literal_that_breaks_off_is_server_closed(play: Stage) -> None:
    def break_off(peer: Peer) -> None:
        peer.send(b"* LIST () NIL {100}\r\nshort")
        peer.close()

    assert play(imap(replies={"EXAMINE": break_off}), "none").outcome == "server_closed"


def test_smtp_replies_without_a_code_are_protocol_error(play: Stage) -> None:
    assert play(smtp(replies={"EHLO": b"hello\r\n"}), "none").outcome == "protocol_error"

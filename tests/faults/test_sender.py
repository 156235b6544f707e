"""What a server may say to MAIL FROM."""

import pytest

from tests.fakes.mail_server import smtp
from tests.faults.conftest import Stage


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (b"550 5.7.1 Sender address rejected\r\n", "rejected_sender"),
        (b"553 5.7.1 <x>: Sender address rejected: not owned by user\r\n", "rejected_sender"),
        (b"501 5.1.7 Bad sender address syntax\r\n", "rejected_sender"),
        (b"451 4.3.0 try again\r\n", "server_busy"),
        (b"450 4.7.1 Rate limit exceeded\r\n", "rate_limited"),
        (b"421 4.7.0 Too many connections\r\n", "too_many_connections"),
    ],
)
def test_a_refused_sender_is_understood(reply: bytes, outcome: str, play: Stage) -> None:
    result = play(smtp(replies={"MAIL": reply}), "none", sender="anna@skrzynka.test")
    assert result.outcome == outcome
    assert result.server_text == reply.decode().strip()


def test_530_without_authentication_offers_to_authenticate(play: Stage) -> None:
    result = play(smtp(replies={"MAIL": b"530 5.7.0 Authentication required\r\n"}), "none", auth=False)
    assert result.outcome == "rejected_sender"
    assert [dict(fix.set) for fix in result.fixes] == [{"smtp-auth": "true"}]


def test_nothing_is_sent_but_the_sender(play: Stage) -> None:
    result = play(smtp(), "none", sender="anna@skrzynka.test")
    assert result.outcome == "ok"
    assert play.server.sent(b"MAIL FROM:<anna@skrzynka.test>\r\n") == 1
    assert play.server.sent(b"RCPT") == play.server.sent(b"DATA") == 0


@pytest.mark.parametrize("sender", ["a> SIZE=1", "a\r\nRCPT TO:<b>", "a b@x", "<a@x>"])
def test_a_sender_that_would_become_more_than_one_never_leaves(sender: str, play: Stage) -> None:
    result = play(smtp(), "none", sender=sender)
    assert result.outcome == "rejected_sender"
    assert play.server.sent(b"MAIL") == play.server.sent(b"RCPT") == 0


def test_an_international_sender_needs_smtputf8(play: Stage) -> None:
    assert play(smtp(), "none", sender="żółw@skrzynka.test").outcome == "rejected_sender"
    assert play.server.sent(b"MAIL") == 0


def test_an_international_sender_is_sent_where_smtputf8_is_offered(play: Stage) -> None:
    ehlo = b"250-x\r\n250-SMTPUTF8\r\n250 AUTH PLAIN\r\n"
    assert play(smtp(replies={"EHLO": ehlo}), "none", sender="żółw@skrzynka.test").outcome == "ok"
    assert "MAIL FROM:<żółw@skrzynka.test> SMTPUTF8\r\n".encode() in bytes(play.server.received[-1])


def test_an_international_domain_is_sent_as_a_label(play: Stage) -> None:
    assert play(smtp(), "none", sender="biuro@żółw.pl").outcome == "ok"
    assert play.server.sent(b"MAIL FROM:<biuro@xn--w-uga1v8h.pl>\r\n") == 1

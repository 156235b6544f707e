"""faults.md, TLS negotiation: a connection that should become TLS and does not, or not honestly."""

import pytest

from tests.fakes.mail_server import Peer, Script, imap, smtp
from tests.faults.conftest import Stage
from tests.servers.ca import Issued
from tests.servers.checking import steps

IMAP_STARTTLS = b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n"
SMTP_STARTTLS = b"250-mail.skrzynka.test\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"
PASSWORD_WORDS = (b" LOGIN", b" AUTHENTICATE", b"AUTH PLAIN", b"secret-canary")


def no_password_left(play: Stage) -> bool:
    return all(play.server.sent(word) == 0 for word in PASSWORD_WORDS)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(imap(), id="1 not advertised"),
        pytest.param(imap(IMAP_STARTTLS, replies={"STARTTLS": b"TAG NO not today\r\n"}), id="2 answered NO"),
        pytest.param(imap(IMAP_STARTTLS, replies={"STARTTLS": b"TAG BAD unknown\r\n"}), id="3 answered BAD"),
        pytest.param(imap(b"* OK [CAPABILITY IMAP4] ready\r\n"), id="8 only IMAP4"),
        pytest.param(smtp(), id="20 not in EHLO"),
        pytest.param(smtp(replies={"EHLO": b"502 no\r\n", "HELO": b"250 hello\r\n"}), id="20 HELO only"),
        pytest.param(smtp(replies={"EHLO": SMTP_STARTTLS, "STARTTLS": b"502 no\r\n"}), id="22 502"),
        pytest.param(smtp(replies={"EHLO": SMTP_STARTTLS, "STARTTLS": b"354 go on\r\n"}), id="22 354"),
    ],
)
def test_starttls_that_is_missing_or_refused_is_tls_required(script: Script, play: Stage) -> None:
    result = play(script, "starttls")
    assert result.outcome == "tls_required"
    assert steps(result)[-1] == "starttls!"
    assert result.server_text is None
    assert no_password_left(play)


@pytest.mark.parametrize("reply", [b"454 try later\r\n", b"421 closing\r\n"])
def test_starttls_that_is_put_off_is_tls_failed(reply: bytes, play: Stage) -> None:
    result = play(smtp(replies={"EHLO": SMTP_STARTTLS, "STARTTLS": reply}), "starttls")
    assert result.outcome == "tls_failed"
    assert no_password_left(play)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(imap(b"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome\r\n"), id="5 PREAUTH"),
        pytest.param(
            imap(IMAP_STARTTLS, replies={"STARTTLS": b"TAG OK go ahead\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"}),
            id="13 OK and injected capabilities",
        ),
        pytest.param(
            imap(IMAP_STARTTLS, replies={"STARTTLS": b"TAG OK go ahead\r\n* BYE close\r\n"}), id="15 OK and BYE"
        ),
        pytest.param(imap(IMAP_STARTTLS, replies={"STARTTLS": b"+ go on\r\n"}), id="a continuation"),
        pytest.param(imap(IMAP_STARTTLS, replies={"STARTTLS": b"yes\r\n"}), id="no reply at all"),
        pytest.param(
            smtp(replies={"EHLO": SMTP_STARTTLS, "STARTTLS": b"220 go ahead\r\n250 AUTH LOGIN\r\n"}),
            id="24 injected EHLO reply",
        ),
        pytest.param(smtp(replies={"EHLO": SMTP_STARTTLS, "STARTTLS": b"250 fine\r\n"}), id="another yes"),
        pytest.param(smtp(replies={"EHLO": SMTP_STARTTLS, "STARTTLS": b"fine\r\n"}), id="no code"),
    ],
)
def test_bytes_smuggled_around_starttls_are_tls_unsafe(script: Script, play: Stage) -> None:
    result = play(script, "starttls")
    assert result.outcome == "tls_unsafe"
    assert no_password_left(play)
    assert play.server.sent(b"EXAMINE") == play.server.sent(b"SELECT") == 0


@pytest.mark.parametrize(
    "script",
    [
        imap(IMAP_STARTTLS, replies={"STARTTLS": b"TAG OK go ahead\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"}),
        smtp(replies={"EHLO": SMTP_STARTTLS, "STARTTLS": b"220 go ahead\r\n250 AUTH LOGIN\r\n"}),
    ],
    ids=["imap", "smtp"],
)
def test_smuggled_bytes_are_tls_unsafe_even_where_encryption_is_not_required(script: Script, play: Stage) -> None:
    result = play(script, "none")
    assert result.outcome == "tls_unsafe"
    assert no_password_left(play)


@pytest.mark.parametrize("where", ["after the greeting", "inside the reply"])
def test_what_was_said_before_tls_does_not_survive_it(where: str, play: Stage, certificate: Issued) -> None:
    lie = b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 INJECTED\r\n"
    greeting = IMAP_STARTTLS + (lie if where == "after the greeting" else b"")
    reply = (lie if where == "inside the reply" else b"") + b"TAG OK go ahead\r\n"
    result = play(imap(greeting, replies={"STARTTLS": reply}, certificate=certificate), "starttls")
    assert result.outcome == "ok"
    assert "INJECTED" not in result.capabilities


def test_extensions_that_were_offered_before_tls_are_forgotten(play: Stage, certificate: Issued) -> None:
    inside = {"EHLO": b"250 mail.skrzynka.test\r\n"}
    script = smtp(replies={"EHLO": SMTP_STARTTLS}, inside=inside, certificate=certificate)
    result = play(script, "starttls")
    assert result.outcome == "auth_method_missing"
    assert no_password_left(play)


@pytest.mark.parametrize(
    "script",
    [
        imap(IMAP_STARTTLS, replies={"STARTTLS": Peer.close}),
        smtp(replies={"EHLO": SMTP_STARTTLS, "STARTTLS": Peer.close}),
    ],
    ids=["imap", "smtp"],
)
def test_a_connection_that_ends_at_starttls_is_server_closed(script: Script, play: Stage) -> None:
    assert play(script, "starttls").outcome == "server_closed"


def test_a_connection_that_ends_inside_the_handshake_is_tls_failed(play: Stage) -> None:
    def promise_and_leave(peer: Peer) -> None:
        peer.send(b"220 go ahead\r\n")
        peer.readline()
        peer.close()

    result = play(smtp(replies={"EHLO": SMTP_STARTTLS, "STARTTLS": promise_and_leave}), "starttls")
    assert result.outcome == "tls_failed"


@pytest.mark.parametrize(
    "script",
    [
        imap(b"* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR] hi\r\n", replies={"STARTTLS": b"TAG NO\r\n"}),
        smtp(replies={"EHLO": SMTP_STARTTLS, "STARTTLS": b"454 later\r\n"}),
    ],
    ids=["imap", "smtp"],
)
def test_none_begins_again_in_clear_where_the_upgrade_is_refused(script: Script, play: Stage) -> None:
    result = play(script, "none")
    assert result.outcome == "ok"
    assert "starttls!" in steps(result)
    assert not result.encrypted
    assert play.server.connections == 2
    assert play.server.sent(b"AUTHENTICATE PLAIN") + play.server.sent(b"AUTH PLAIN") == 1


def test_logindisabled_inside_tls_is_respected(play: Stage, certificate: Issued) -> None:
    greeting = b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready\r\n"
    result = play(imap(greeting, certificate=certificate, implicit=True), "tls")
    assert result.outcome == "login_disabled"
    assert no_password_left(play)


def test_capabilities_that_are_refused_are_protocol_error(play: Stage) -> None:
    result = play(imap(b"* OK ready\r\n", replies={"CAPABILITY": b"TAG BAD no\r\n"}), "starttls")
    assert result.outcome == "protocol_error"
    assert no_password_left(play)

"""faults.md, authentication replies: what servers say at login, and what leaves us for it."""

import base64
from collections.abc import Callable

import pytest

from tests.fakes.mail_server import Peer, Script, imap, smtp
from tests.faults.conftest import Stage
from tests.servers.ca import Issued
from tests.servers.checking import steps


def refusing(reply: bytes) -> Script:
    """Return an IMAP or an SMTP server that answers a login with ``reply``."""
    if reply.startswith((b"TAG", b"*")):
        return imap(replies={"AUTHENTICATE": reply})
    return smtp(replies={"AUTH": reply})


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        # 90: a wrong password, as seven servers put it, and some more.
        (b"TAG NO [AUTHENTICATIONFAILED] Authentication failed.\r\n", "auth_failed"),
        (b"TAG NO Login failed.\r\n", "auth_failed"),
        (b"TAG NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)\r\n", "auth_failed"),
        (b"TAG NO [ALERT] Invalid credentials (Failure)\r\n", "auth_failed"),
        (b"TAG NO LOGIN failed.\r\n", "auth_failed"),
        (b"TAG NO AUTHENTICATE failed.\r\n", "auth_failed"),
        ("TAG NO Nieprawidłowy login lub hasło.\r\n".encode(), "auth_failed"),
        (b"535 5.7.8 Error: authentication failed: (reason unavailable)\r\n", "auth_failed"),
        (b"535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6\r\n", "auth_failed"),
        (b"535 Incorrect authentication data\r\n", "auth_failed"),
        (b"535 Authentication failed. Restarting authentication process.\r\n", "auth_failed"),
        (b"535 5.7.3 Authentication unsuccessful\r\n", "auth_failed"),
        (
            b"535-5.7.8 Username and Password not accepted. For more information, go to\r\n"
            b"535 5.7.8  https://support.google.com/mail/?p=BadCredentials x\r\n",
            "auth_failed",
        ),
        # 92
        (
            b"TAG NO [ALERT] Application-specific password required: https://support.google.com/x (Failure)\r\n",
            "app_password_required",
        ),
        (
            b"534-5.7.9 Application-specific\r\n534 5.7.9 password required. Learn more at x\r\n",
            "app_password_required",
        ),
        ("TAG NO Użyj hasła aplikacji\r\n".encode(), "app_password_required"),
        (b"* NO [WEBALERT https://x] Web login required.\r\nTAG NO [ALERT] denied\r\n", "web_login_required"),
        (
            b"534-5.7.14 <https://x> Please log in via\r\n534-5.7.14 your web browser and then try again.\r\n"
            b"534 5.7.14 x\r\n",
            "web_login_required",
        ),
        # 94
        (b"* BYE IMAP access disabled for this account.\r\n", "protocol_disabled"),
        (
            b"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.\r\n",
            "protocol_disabled",
        ),
        (b"535 5.7.139 Authentication unsuccessful, basic authentication is disabled.\r\n", "oauth_required"),
        (b"TAG NO [AUTHENTICATIONFAILED] LOGIN invalid credentials or IMAP is disabled\r\n", "auth_or_disabled"),
        (b"535 5.7.8 Error: This user does not have access rights to this service\r\n", "protocol_disabled"),
        (b"535 Your account has been suspended\r\n", "account_blocked"),
        (b"TAG NO [AUTHENTICATIONFAILED] Konto zablokowane\r\n", "account_blocked"),
        # 96: nobody looked at the password.
        (b"TAG NO [ALERT] Too many simultaneous connections. (Failure)\r\n", "too_many_connections"),
        (
            b"TAG NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded"
            b" (mail_max_userip_connections=10)\r\n",
            "too_many_connections",
        ),
        (b"454 4.7.0 Too many login attempts, please try again later.\r\n", "rate_limited"),
        # 98
        (b"TAG NO [UNAVAILABLE] Temporary authentication failure.\r\n", "auth_temp"),
        (b"TAG NO Temporary problem, please try later\r\n", "auth_temp"),
        (b"454 4.7.0 Temporary authentication failure: generic failure\r\n", "auth_temp"),
        (b"451 4.3.0 Temporary internal failure\r\n", "auth_temp"),
        (b"535 Temporary authentication failure\r\n", "auth_temp"),
        (b"530 5.7.0 Must issue a STARTTLS command first\r\n", "tls_required"),
        (b"538 5.7.11 Encryption required for requested authentication mechanism\r\n", "tls_required"),
        (b"TAG NO [PRIVACYREQUIRED] Plaintext authentication disallowed\r\n", "tls_required"),
        (b"TAG NO [ALERT] no\r\n", "auth_failed"),
    ],
)
def test_a_refused_login_is_understood_and_tried_once(reply: bytes, outcome: str, play: Stage) -> None:
    result = play(refusing(reply), "none")
    assert result.outcome == outcome
    assert steps(result)[-1] == "login!"
    assert play.server.sent(b"AUTH PLAIN") + play.server.sent(b"AUTHENTICATE") == 1
    assert play.server.connections == 1


def test_a_bye_that_is_followed_by_the_end_is_read_to_the_end(play: Stage) -> None:
    def leave(peer: Peer) -> None:
        peer.send(b"* BYE IMAP access disabled for this account.\r\n")
        peer.close()

    assert play(imap(replies={"AUTHENTICATE": leave}), "none").outcome == "protocol_disabled"


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (imap(b"* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 AUTH=OAUTHBEARER] hi\r\n"), "oauth_required"),
        (imap(b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2] hi\r\n"), "oauth_required"),
        (imap(b"* OK [CAPABILITY IMAP4rev1 AUTH=NTLM AUTH=GSSAPI] hi\r\n"), "auth_method_missing"),
        (imap(b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\r\n"), "login_disabled"),
        (smtp(replies={"EHLO": b"250-x\r\n250 AUTH XOAUTH2\r\n"}), "oauth_required"),
        (smtp(replies={"EHLO": b"250-x\r\n250 AUTH NTLM GSSAPI\r\n"}), "auth_method_missing"),
        (smtp(replies={"EHLO": b"250-x\r\n250 SIZE\r\n"}), "auth_method_missing"),
    ],
)
def test_no_password_leaves_where_no_password_is_taken(script: Script, outcome: str, play: Stage) -> None:
    result = play(script, "none")
    assert result.outcome == outcome
    assert play.server.sent(b" LOGIN") == play.server.sent(b"AUTH PLAIN") == play.server.sent(b"AUTHENTICATE") == 0


PASSWORD = 'zażółć "gęślą\\ jaźń'
SASL = base64.b64encode(f"\0anna@skrzynka.test\0{PASSWORD}".encode())


@pytest.mark.parametrize(
    ("script", "wire"),
    [(imap(), b"AUTHENTICATE PLAIN " + SASL + b"\r\n"), (smtp(), b"AUTH PLAIN " + SASL + b"\r\n")],
    ids=["imap", "smtp"],
)
def test_a_password_beyond_ascii_travels_in_utf_8(script: Script, wire: bytes, play: Stage) -> None:
    assert play(script, "none", password=PASSWORD).outcome == "ok"
    assert wire in bytes(play.server.received[-1])


def test_the_sasl_response_waits_where_the_server_takes_none_with_the_command(play: Stage) -> None:
    def welcome(peer: Peer) -> None:
        peer.send(b"+ \r\n")
        response = peer.readline()
        tag = bytes(play.server.received[-1]).split()[0]
        peer.send(tag + (b" OK welcome\r\n" if response == SASL else b" NO\r\n"))

    script = imap(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n", replies={"AUTHENTICATE": welcome})
    assert play(script, "none", password=PASSWORD).outcome == "ok"


def test_a_server_that_asks_twice_gets_the_password_once(play: Stage) -> None:
    script = imap(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n", replies={"AUTHENTICATE": b"+ \r\n+ \r\n+ \r\n"})
    assert play(script, "none", password=PASSWORD).outcome == "protocol_error"
    assert play.server.sent(SASL) <= 1


def test_login_without_sasl_quotes_what_it_sends(play: Stage) -> None:
    play(imap(b"* OK [CAPABILITY IMAP4rev1] hi\r\n"), "none", username='an na"', password='a\\b"c')
    assert b' LOGIN "an na\\"" "a\\\\b\\"c"\r\n' in bytes(play.server.received[-1])


def test_login_without_sasl_sends_other_characters_as_literals(play: Stage) -> None:
    def welcome(peer: Peer) -> None:
        tag = bytes(play.server.received[-1]).split()[0]
        peer.send(b"+ \r\n")
        peer.readline()
        peer.send(b"+ \r\n")
        peer.readline()
        peer.send(tag + b" OK welcome\r\n")

    script = imap(b"* OK [CAPABILITY IMAP4rev1] hi\r\n", replies={"LOGIN": welcome})
    result = play(script, "none", password="żółć")
    assert result.outcome == "ok"
    assert b" LOGIN {18}\r\nanna@skrzynka.test {8}\r\n" + "żółć".encode() in bytes(play.server.received[-1])


def test_smtp_login_is_used_where_plain_is_not_offered(play: Stage) -> None:
    def ask(peer: Peer) -> None:
        peer.send(b"334 VXNlcm5hbWU6\r\n")
        peer.readline()
        peer.send(b"334 UGFzc3dvcmQ6\r\n")
        peer.readline()
        peer.send(b"235 welcome\r\n")

    result = play(smtp(replies={"EHLO": b"250-x\r\n250 AUTH LOGIN\r\n", "AUTH": ask}), "none")
    assert result.outcome == "ok"
    assert base64.b64encode(b"secret-canary") in bytes(play.server.received[-1])


@pytest.mark.parametrize("field", ["username", "password"])
@pytest.mark.parametrize("make", [imap, smtp], ids=["imap", "smtp"])
def test_a_line_break_in_a_credential_never_reaches_the_server(
    field: str, make: Callable[..., Script], play: Stage
) -> None:
    result = play(make(), "none", **{field: "x\r\nDELETE INBOX"})
    assert result.outcome == "auth_failed"
    assert play.server.sent(b"DELETE") == 0


def test_a_server_text_is_cut_and_without_control_characters(play: Stage, certificate: Issued) -> None:
    reply = b"TAG NO [AUTHENTICATIONFAILED] \x1b[31mno\x07" + b" very" * 200 + b"\r\n"
    result = play(imap(replies={"AUTHENTICATE": reply}, certificate=certificate, implicit=True), "tls")
    assert result.server_text is not None
    assert result.server_text.startswith("[AUTHENTICATIONFAILED] [31mno very")
    assert len(result.server_text) <= 300


def test_a_password_that_the_server_repeats_among_its_capabilities_is_not_kept(play: Stage) -> None:
    result = play(imap(replies={"AUTHENTICATE": b"TAG OK [CAPABILITY IMAP4rev1 X-SECRET-CANARY] hi\r\n"}), "none")
    assert result.capabilities == ("IMAP4REV1", "X-***")


@pytest.mark.parametrize("echo", [b"secret-canary", base64.b64encode(b"\0anna@skrzynka.test\0secret-canary")])
def test_a_password_that_the_server_repeats_is_not_shown(echo: bytes, play: Stage) -> None:
    result = play(smtp(replies={"AUTH": b"535 wrong: " + echo + b"\r\n"}), "none")
    assert result.server_text == "535 wrong: ***"

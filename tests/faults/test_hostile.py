"""Servers that say anything at all, at any point: a verdict of the closed set, in time, and no password given away."""

import base64
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from app.mail.dial import NetworkRules
from app.mail.outcomes import Outcome
from app.mail.settings import Side
from tests.fakes.mail_server import Peer, Script, imap, serving, smtp
from tests.servers.ca import Issued
from tests.servers.checking import check, settings

IMAP_STARTTLS = b"* OK [CAPABILITY IMAP4rev1 STARTTLS SASL-IR AUTH=PLAIN] ready\r\n"
SMTP_STARTTLS = b"250-mail.skrzynka.test\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"
SECRETS = (
    b"secret-canary",
    base64.b64encode(b"\0anna@skrzynka.test\0secret-canary"),
    base64.b64encode(b"secret-canary"),
)
IMAP_PHASES = ("GREETING", "CAPABILITY", "STARTTLS", "AUTHENTICATE", "LOGIN", "EXAMINE", "LOGOUT")
SMTP_PHASES = ("GREETING", "EHLO", "STARTTLS", "AUTH", "MAIL", "RSET")

# Pieces of which real lines are made, in any order.
PIECES = st.sampled_from(
    [
        *(b"* OK ", b"* ok", b"* NO ", b"* BAD ", b"* BYE ", b"* PREAUTH ", b"* CAPABILITY IMAP4rev1 ", b"* 5 EXISTS"),
        *(b"TAG OK ", b"TAG NO ", b"TAG BAD ", b"TAG BYE ", b"TAG", b"TAG OK [READ-ONLY] ", b"+ ", b"+", b"+ =", b"*"),
        *(b"[CAPABILITY IMAP4rev1 STARTTLS] ", b"[CAPABILITY", b"[ALERT] ", b"[UNAVAILABLE] ", b"[", b"]", b"[BYE] "),
        *(b"[UIDVALIDITY 99999999999999999999]", b"[PERMANENTFLAGS (", b"* FLAGS (", b"* FLAGS {", b"((((((((", b")"),
        *(
            b"* LIST () NIL {3}\r\nabc",
            b"{3}",
            b"{99999999999}",
            b"{-1}",
            b"{0}",
            b'"',
            b"\\",
            b"* SEARCH ",
            b"* RECENT",
        ),
        *(
            b"220 ",
            b"220-",
            b"250 ",
            b"250-",
            b"250",
            b"235 ",
            b"334 ",
            b"354 ",
            b"421 ",
            b"454 ",
            b"535 ",
            b"554-",
            b"999 ",
        ),
        *(b"250-STARTTLS\r\n", b"250 AUTH PLAIN\r\n", b"250-AUTH=LOGIN\r\n", b"250-SIZE x\r\n", b"5", b"55", b"-1 "),
        *(
            b"go ahead",
            b"welcome",
            b"IMAP4rev1",
            b"STARTTLS",
            b"LOGINDISABLED",
            b"temporarily",
            b"disabled",
            b"HTTP/1.1 200",
        ),
        *(
            b"\r\n",
            b"\r\n",
            b"\r\n",
            b"\n",
            b"\r",
            b"\0",
            b"\xff",
            b"\x16\x03\x01",
            b"\x15\x03\x03\x00\x02\x02\x28",
            b" ",
        ),
        *("zażółć".encode(), b"\xc5", b"secret-canary", b"9" * 5000, b"(" * 3000, b"x" * 70000),
    ]
)
SAID = st.one_of(
    st.binary(max_size=80), st.lists(PIECES, max_size=8).map(b"".join), st.lists(PIECES, max_size=5).map(b"\r\n".join)
)
HOSTILE = examples(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def saying(data: bytes, tagged: bool) -> Callable[[Peer], None]:
    """Return a reply that says ``data``, and then no more."""

    def say(peer: Peer) -> None:
        tag = peer.line.partition(b" ")[0] if tagged else b""
        peer.send(data.replace(b"TAG", tag))
        peer.close()

    return say


def script_of(side: Side, security: str, phase: str, data: bytes, certificate: Issued) -> Script:
    """Return a good server that goes mad at ``phase``."""
    say = saying(data, side is Side.IMAP)
    reply = {phase: say}
    tls = {"certificate": certificate, "implicit": security == "tls"}
    if side is Side.SMTP:
        script = smtp(replies={"EHLO": SMTP_STARTTLS, **reply}, **tls)
    else:
        # Capabilities that are not told are asked for; a mechanism that is not told leads to LOGIN.
        greeting = {"CAPABILITY": b"* OK hi\r\n", "LOGIN": b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n"}
        script = imap(greeting.get(phase, IMAP_STARTTLS), replies=reply, **tls)
    return replace(script, greeting=say) if phase == "GREETING" else script


def judge_hostile(script: Script, side: Side, security: str, bytewise: bool, network: NetworkRules) -> None:
    started = time.monotonic()
    with serving(script, bytewise=bytewise) as server:
        result = check(side, settings(server.port, security), network)
        seconds = time.monotonic() - started
        assert result.outcome in set(Outcome) - {Outcome.INTERNAL}
        assert seconds < 5
        assert result.server_text is None or (len(result.server_text) <= 300 and result.server_text.isprintable())
        assert "secret-canary" not in repr(result)
        if security != "none":
            assert all(server.sent_in_clear(secret) == 0 for secret in SECRETS)
        # One login, whatever is asked for; with `none` a second connection may follow, but not a second login.
        logins = [
            line for record in server.records for line in record.lines if b" LOGIN " in line or b"AUTH" in line.upper()
        ]
        assert len(logins) <= 1


@HOSTILE
@given(
    phase=st.sampled_from(IMAP_PHASES),
    data=SAID,
    security=st.sampled_from(["tls", "starttls", "none"]),
    bytewise=st.booleans(),
)
def test_an_imap_server_that_says_anything_gets_a_verdict_and_no_secret(
    *, phase: str, data: bytes, security: str, bytewise: bool, certificate: Issued, network: NetworkRules
) -> None:
    script = script_of(Side.IMAP, security, phase, data, certificate)
    judge_hostile(script, Side.IMAP, security, bytewise and len(data) < 1000, network)


@HOSTILE
@given(
    phase=st.sampled_from(SMTP_PHASES),
    data=SAID,
    security=st.sampled_from(["tls", "starttls", "none"]),
    bytewise=st.booleans(),
)
def test_an_smtp_server_that_says_anything_gets_a_verdict_and_no_secret(
    *, phase: str, data: bytes, security: str, bytewise: bool, certificate: Issued, network: NetworkRules
) -> None:
    script = script_of(Side.SMTP, security, phase, data, certificate)
    judge_hostile(script, Side.SMTP, security, bytewise and len(data) < 1000, network)


@HOSTILE
@given(data=st.one_of(st.binary(max_size=200), st.binary(max_size=100).map(lambda data: b"\x16\x03\x03" + data)))
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_handshake_of_anything_is_never_internal(data: bytes, security: str, network: NetworkRules) -> None:
    hellos: list[bytes] = []

    def answer(peer: Peer) -> None:
        peer.send(peer.line.partition(b" ")[0] + b" OK go ahead\r\n" if security == "starttls" else b"")
        if not hellos:  # whoever comes again only looks, and waits for a word
            hellos.append(peer.read(100))
        peer.send(data)
        peer.close()

    script = imap(IMAP_STARTTLS, replies={"STARTTLS": answer}) if security == "starttls" else imap(answer)
    with serving(script) as server:
        result = check(Side.IMAP, settings(server.port, security), network)
        assert result.outcome in set(Outcome) - {Outcome.INTERNAL, Outcome.OK}
        assert all(server.sent_in_clear(secret) == 0 for secret in SECRETS)

"""What a check says, word by word: nothing that the protocol does not need, and the verdict before the farewell."""

import base64
import re
import threading
from collections.abc import Callable

import pytest

from app.mail.dial import NetworkRules
from app.mail.probe import SideFinished, probe
from app.mail.settings import ProbeRequest, Side
from tests.fakes.mail_server import Peer, Script, ScriptedServer, imap, serving, smtp
from tests.servers.ca import Issued
from tests.servers.checking import check, settings
from tests.servers.waiting import wait_until

PLAIN = base64.b64encode(b"\0anna@skrzynka.test\0secret-canary").decode()
EHLO = "ehlo [127.0.0.1]"
IMAP_END = ['EXAMINE "INBOX"', "LOGOUT"]
SMTP_END = ["MAIL FROM:<anna@skrzynka.test>", "RSET\nQUIT"]
STARTTLS_GREETING = b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n"
STARTTLS_EHLO = b"250-mail.skrzynka.test\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"
REFUSED_EHLO = {"EHLO": STARTTLS_EHLO, "STARTTLS": b"502 no\r\n"}


def writes(server: ScriptedServer) -> list[list[str]]:
    """Return what each connection was sent, write by write; tags and handshakes left out."""
    wait_until(lambda: server.idle, "the end of all connections")
    return [
        [_untagged(segment) for segment in record.segments if segment.endswith(b"\r\n") and segment.isascii()]
        for record in server.records
    ]


def _untagged(segment: bytes) -> str:
    lines = segment.decode("ascii").splitlines()
    return "\n".join(re.sub(r"\A(?:[A-P]{4}\d+|Z) ", "", line) for line in lines)


CASES: dict[str, tuple[Callable[[Issued], Script], str, list[list[str]]]] = {
    "imap tls": (
        lambda certificate: imap(certificate=certificate, implicit=True),
        "tls",
        [[f"AUTHENTICATE PLAIN {PLAIN}", *IMAP_END]],
    ),
    "imap tls, capabilities not told": (
        lambda certificate: imap(b"* OK hi\r\n", certificate=certificate, implicit=True),
        "tls",
        [["CAPABILITY", f"AUTHENTICATE PLAIN {PLAIN}", *IMAP_END]],
    ),
    "imap tls, LOGIN": (
        lambda certificate: imap(b"* OK [CAPABILITY IMAP4rev1] hi\r\n", certificate=certificate, implicit=True),
        "tls",
        [['LOGIN "anna@skrzynka.test" "secret-canary"', *IMAP_END]],
    ),
    "imap starttls": (
        lambda certificate: imap(STARTTLS_GREETING, certificate=certificate),
        "starttls",
        [["STARTTLS", "CAPABILITY", f"AUTHENTICATE PLAIN {PLAIN}", *IMAP_END]],
    ),
    "imap none": (lambda _: imap(), "none", [[f"AUTHENTICATE PLAIN {PLAIN}", *IMAP_END]]),
    "imap none, upgraded": (
        lambda certificate: imap(STARTTLS_GREETING, certificate=certificate),
        "none",
        [["STARTTLS", "CAPABILITY", f"AUTHENTICATE PLAIN {PLAIN}", *IMAP_END]],
    ),
    "imap none, upgrade refused": (
        lambda _: imap(
            b"* OK [CAPABILITY IMAP4rev1 STARTTLS SASL-IR AUTH=PLAIN] hi\r\n", replies={"STARTTLS": b"TAG NO\r\n"}
        ),
        "none",
        [["STARTTLS"], [f"AUTHENTICATE PLAIN {PLAIN}", *IMAP_END]],
    ),
    "imap wrong password": (
        lambda _: imap(replies={"AUTHENTICATE": b"TAG NO no\r\n"}),
        "none",
        [[f"AUTHENTICATE PLAIN {PLAIN}", "LOGOUT"]],
    ),
    "smtp tls": (
        lambda certificate: smtp(certificate=certificate, implicit=True),
        "tls",
        [[EHLO, f"AUTH PLAIN {PLAIN}", *SMTP_END]],
    ),
    "smtp starttls": (
        lambda certificate: smtp(replies={"EHLO": STARTTLS_EHLO}, certificate=certificate),
        "starttls",
        [[EHLO, "STARTTLS", EHLO, f"AUTH PLAIN {PLAIN}", *SMTP_END]],
    ),
    "smtp none": (lambda _: smtp(), "none", [[EHLO, f"AUTH PLAIN {PLAIN}", *SMTP_END]]),
    "smtp none, upgrade refused": (
        lambda _: smtp(replies=REFUSED_EHLO),
        "none",
        [[EHLO, "STARTTLS"], [EHLO, f"AUTH PLAIN {PLAIN}", *SMTP_END]],
    ),
    "smtp HELO only": (
        lambda _: smtp(replies={"EHLO": b"500 what?\r\n", "HELO": b"250 hello\r\n"}),
        "none",
        [[EHLO, "helo [127.0.0.1]"]],
    ),
    "smtp wrong password": (
        lambda _: smtp(replies={"AUTH": b"535 no\r\n"}),
        "none",
        [[EHLO, f"AUTH PLAIN {PLAIN}", "RSET\nQUIT"]],
    ),
    "smtp asked again and again": (
        lambda _: smtp(replies={"AUTH": b"334 \r\n", PLAIN.upper(): b"334 \r\n"}),
        "none",
        [[EHLO, f"AUTH PLAIN {PLAIN}", PLAIN]],
    ),
    "imap asked again": (
        lambda _: imap(replies={"AUTHENTICATE": b"+ \r\n"}),
        "none",
        [[f"AUTHENTICATE PLAIN {PLAIN}"]],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_check_says_what_it_needs_to_say_and_no_more(name: str, network: NetworkRules, certificate: Issued) -> None:
    make, security, expected = CASES[name]
    script = make(certificate)
    with serving(script) as server:
        side = Side.IMAP if script.tagged else Side.SMTP
        check(side, settings(server.port, security), network)
        said = [[line for line in lines if line] for lines in writes(server)]
    # After a refused upgrade the first connection is simply left.
    assert said == expected


def test_without_authentication_nothing_is_said_about_it(network: NetworkRules) -> None:
    with serving(smtp()) as server:
        assert check(Side.SMTP, settings(server.port, "none", auth=False, username=""), network).outcome == "ok"
        assert writes(server) == [[EHLO, "MAIL FROM:<>", "RSET\nQUIT"]]


@pytest.mark.parametrize("make", [imap, smtp], ids=["imap", "smtp"])
@pytest.mark.parametrize("word", ["LOGOUT", "RSET"])
def test_the_verdict_comes_before_the_farewell_is_answered(
    word: str, make: Callable[..., Script], network: NetworkRules
) -> None:
    released = threading.Event()

    def wait(peer: Peer) -> None:
        released.wait(10)
        peer.close()

    script = make(replies={word: wait, "QUIT": wait})
    side = Side.IMAP if script.tagged else Side.SMTP
    with serving(script) as server:
        request = ProbeRequest(**{side.value: settings(server.port, "none")})
        *_, last = probe(request, network)
        assert isinstance(last, SideFinished)
        assert last.result.outcome == "ok"
        assert not released.is_set()
        released.set()
        wait_until(lambda: server.idle, "the end of the connection")

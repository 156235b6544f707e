"""Whatever is typed as user name, password and sender: the commands on the wire are always exactly those of a check."""

import base64
import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from app.mail.dial import NetworkRules
from app.mail.probe import collect, probe
from app.mail.settings import ProbeRequest, Side
from tests.fakes.mail_server import Peer, Record, ScriptedServer, imap, serving, smtp
from tests.servers.checking import settings
from tests.servers.waiting import wait_until

LITERAL = re.compile(rb"\{(\d+)\}\Z")
QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')
UNSENDABLE = re.compile(r"[\r\n\0\ud800-\udfff]")
# What an attacker would type, and anything else, halves of surrogate pairs included.
TYPED = st.one_of(
    st.text(max_size=20),
    st.text(st.characters(exclude_categories=()), max_size=8),
    st.text('\r\n\0"\\{}+()<>@ %ażA1.=', max_size=12),
    st.sampled_from(
        ["a\r\nZ DELETE INBOX", 'a" "b', "x> SIZE=9", "{5}", "a {5+}", "\n.\n", "\u2028", "\x85", "*", "="]
    ),
)
FUZZ = examples(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class LoginServer:
    """Understands LOGIN with quoted strings and literals, as a real server does, and remembers who came."""

    def __init__(self) -> None:
        self.commands: list[bytes] = []
        self.credentials: list[tuple[bytes, bytes]] = []

    def __call__(self, peer: Peer) -> None:
        peer.send(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
        while line := peer.readline():
            tag, _, rest = line.partition(b" ")
            command, _, arguments = rest.partition(b" ")
            self.commands.append(command)
            if command == b"LOGIN":
                self.credentials.append(self._arguments(peer, arguments))
            peer.send(tag + b" OK done\r\n")
            if command == b"LOGOUT":
                return

    def _arguments(self, peer: Peer, line: bytes) -> tuple[bytes, bytes]:
        found: list[bytes] = []
        while literal := LITERAL.search(line):
            peer.send(b"+ go on\r\n")
            found.append(peer.read(int(literal[1])))
            line = peer.readline()
        found += [re.sub(rb"\\(.)", rb"\1", quoted) for quoted in QUOTED.findall(line)]
        username, password = found
        return username, password


@pytest.fixture(scope="module")
def login() -> Iterator[tuple[LoginServer, ScriptedServer]]:
    handler = LoginServer()
    with serving(handler) as server:
        yield handler, server


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[ScriptedServer, ScriptedServer]]:
    ehlo = {"EHLO": b"250-mail.skrzynka.test\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN\r\n"}
    with ExitStack() as stack:
        yield stack.enter_context(serving(imap())), stack.enter_context(serving(smtp(replies=ehlo)))


def last_record(server: ScriptedServer) -> Record:
    wait_until(lambda: server.idle, "the end of the connection")
    return server.records[-1]


def sasl(username: str, password: str) -> bytes:
    return base64.b64encode(f"\0{username}\0{password}".encode())


@FUZZ
@given(username=TYPED, password=TYPED)
def test_login_is_one_command_with_exactly_what_was_typed(
    username: str, password: str, login: tuple[LoginServer, ScriptedServer], network: NetworkRules
) -> None:
    handler, server = login
    handler.commands.clear()
    handler.credentials.clear()
    request = ProbeRequest(imap=settings(server.port, "none", username=username, password=password))
    result = collect(probe(request, network)).imap
    assert result is not None
    last_record(server)
    if UNSENDABLE.search(username + password):
        assert result.outcome == "auth_failed"
        assert handler.commands == []
    else:
        assert result.outcome == "ok"
        assert handler.commands == [b"LOGIN", b"EXAMINE", b"LOGOUT"]
        assert handler.credentials == [(username.encode(), password.encode())]


@FUZZ
@given(username=TYPED, password=TYPED, sender=TYPED)
def test_both_sides_say_exactly_the_commands_of_a_check(
    *,
    username: str,
    password: str,
    sender: str,
    servers: tuple[ScriptedServer, ScriptedServer],
    network: NetworkRules,
) -> None:
    incoming, outgoing = servers
    typed = {"username": username, "password": password}
    request = ProbeRequest(
        imap=settings(incoming.port, "none", **typed), smtp=settings(outgoing.port, "none", **typed, sender=sender)
    )
    result = collect(probe(request, network))
    assert result.imap is not None
    assert result.smtp is not None
    imap_lines = [line.partition(b" ")[2] for line in last_record(incoming).lines]
    smtp_lines = last_record(outgoing).lines
    if UNSENDABLE.search(username + password):
        assert result.imap.outcome == result.smtp.outcome == "auth_failed"
        assert imap_lines == []
        assert smtp_lines == [b"ehlo [127.0.0.1]"]
        return
    response = sasl(username, password)
    assert imap_lines == [b"AUTHENTICATE PLAIN " + response, b'EXAMINE "INBOX"', b"LOGOUT"]
    assert smtp_lines[:2] == [b"ehlo [127.0.0.1]", b"AUTH PLAIN " + response]
    if result.smtp.outcome == "rejected_sender":
        assert smtp_lines[2:] == []
    else:
        assert result.smtp.outcome == "ok"
        mail, *rest = smtp_lines[2:]
        assert re.fullmatch(rb"MAIL FROM:<[^<>\x00-\x20\x7f]*>( SMTPUTF8)?", mail)
        assert rest == [b"RSET", b"QUIT"]


@pytest.mark.parametrize("side", Side)
def test_credentials_that_cannot_be_sent_are_not_called_half_right(
    side: Side, servers: tuple[ScriptedServer, ScriptedServer], network: NetworkRules
) -> None:
    port = servers[side is Side.SMTP].port
    request = ProbeRequest(**{side.value: settings(port, "none", password="a\0b")})
    result = getattr(collect(probe(request, network)), side.value)
    assert result.outcome == "auth_failed"
    assert result.fixes == ()

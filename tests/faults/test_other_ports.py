"""A port that disappoints, and its sibling that would do: suggested only after it has really answered."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace

import pytest

from app.mail.dial import AllowRule, NetworkRules
from app.mail.probe import SideResult
from app.mail.settings import ConnectionSecurity, Side
from app.mail.standard_ports import STANDARD_SIBLINGS, Place
from tests.fakes.black_hole import black_hole
from tests.fakes.mail_server import Peer, Script, ScriptedServer, imap, serving, smtp
from tests.servers.ca import Issued
from tests.servers.checking import check, settings
from tests.servers.ports import free_ports

STARTTLS_IMAP = imap(b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n")
STARTTLS_SMTP = smtp(replies={"EHLO": b"250-mail.skrzynka.test\r\n250 STARTTLS\r\n"})

# All of it in one process, else each would wait for the slow ones.
pytestmark = pytest.mark.xdist_group("other ports")


def silent(peer: Peer) -> None:
    peer.wait_for_end()


class Pair:
    """A typed port and its sibling."""

    def __init__(self, network: NetworkRules, stack: ExitStack) -> None:
        self.network = network
        self.stack = stack
        self.sibling: ScriptedServer

    def __call__(
        self, side: Side, port: int, security: str, *, sibling: Script, host: str = "127.0.0.1"
    ) -> tuple[SideResult, float]:
        self.sibling = self.stack.enter_context(serving(sibling))
        place = Place(self.sibling.port, security_of(sibling))
        started = time.monotonic()
        result = check(side, settings(port, security, host), self.network, siblings={side: {port: place}})
        return result, time.monotonic() - started

    def offered(self, result: SideResult, side: Side) -> bool:
        wanted = {f"{side}-port": str(self.sibling.port)}
        return any(fix.why == "use_port" and wanted.items() <= dict(fix.set).items() for fix in result.fixes)


def security_of(script: Script) -> ConnectionSecurity:
    return ConnectionSecurity.TLS if script.implicit else ConnectionSecurity.STARTTLS


@pytest.fixture
def pair(network: NetworkRules) -> Iterator[Pair]:
    with ExitStack() as stack:
        yield Pair(network, stack)


def sibling_of(side: Side, security: str, certificate: Issued) -> Script:
    """Return the script of the other kind of port than one of ``security``."""
    if security == "tls":
        return STARTTLS_IMAP if side is Side.IMAP else STARTTLS_SMTP
    make = imap if side is Side.IMAP else smtp
    return make(certificate=certificate, implicit=True)


def no_credentials(server: ScriptedServer) -> bool:
    return all(server.sent(word) == 0 for word in (b"AUTH", b"LOGIN", b"MAIL", b"secret-canary", b"anna"))


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
@pytest.mark.parametrize("side", Side)
def test_a_refused_port_offers_its_sibling(side: Side, security: str, pair: Pair, certificate: Issued) -> None:
    sibling = sibling_of(side, security, certificate)
    result, seconds = pair(side, free_ports(1)[0], security, sibling=sibling)
    assert result.outcome == "connect_refused"
    assert [(fix.why, dict(fix.set)) for fix in result.fixes] == [
        ("use_port", {f"{side}-port": str(pair.sibling.port), f"{side}-security": security_of(sibling).value})
    ]
    assert seconds < 2
    assert no_credentials(pair.sibling)


@pytest.mark.parametrize(
    "sibling",
    [
        pytest.param(imap(), id="no STARTTLS there"),
        pytest.param(smtp(), id="another protocol"),
        pytest.param(imap(Peer.close), id="hangs up"),
        pytest.param(imap(b"* BYE busy\r\n"), id="busy"),
        pytest.param(imap(silent), id="silent"),
    ],
)
def test_a_sibling_that_would_not_do_is_not_offered(sibling: Script, pair: Pair) -> None:
    result, seconds = pair(Side.IMAP, free_ports(1)[0], "tls", sibling=sibling)
    assert result.outcome == "connect_refused"
    assert result.fixes == ()
    assert seconds < 2.5


def test_a_sibling_that_speaks_no_tls_is_not_offered_for_tls(network: NetworkRules) -> None:
    (port,) = free_ports(1)
    with serving(smtp()) as sibling:
        places = {Side.SMTP: {port: Place(sibling.port, ConnectionSecurity.TLS)}}
        result = check(Side.SMTP, settings(port, "starttls", "127.0.0.1"), network, siblings=places)
    assert result.outcome == "connect_refused"
    assert result.fixes == ()


def test_a_sibling_outside_the_rules_is_never_dialled(pair: Pair, certificate: Issued) -> None:
    (port,) = free_ports(1)
    pair.network = NetworkRules(allow=(AllowRule.parse(f"127.0.0.1:{port}"),), ports=frozenset({993}))
    result, _ = pair(Side.SMTP, port, "starttls", sibling=smtp(certificate=certificate, implicit=True))
    assert result.outcome == "connect_refused"
    assert result.fixes == ()
    assert pair.sibling.connections == 0


def test_a_sibling_is_dialled_at_the_judged_address_only(pair: Pair, certificate: Issued) -> None:
    sibling = smtp(certificate=certificate, implicit=True)
    result, _ = pair(Side.SMTP, free_ports(1)[0], "starttls", sibling=sibling, host="127.0.0.3")
    assert result.outcome == "connect_refused"
    assert result.fixes == ()
    assert pair.sibling.connections == 0


def test_plain_text_on_a_tls_port_without_starttls_offers_the_sibling(pair: Pair) -> None:
    with serving(imap()) as plain:
        result, _ = pair(Side.IMAP, plain.port, "tls", sibling=STARTTLS_IMAP)
    assert result.outcome == "wrong_security"
    assert pair.offered(result, Side.IMAP)


def test_plain_text_on_a_tls_port_with_starttls_stays_on_that_port(pair: Pair) -> None:
    with serving(STARTTLS_SMTP) as plain:
        result, _ = pair(Side.SMTP, plain.port, "tls", sibling=STARTTLS_SMTP)
    assert [dict(fix.set) for fix in result.fixes] == [{"smtp-security": "starttls"}]
    assert pair.sibling.connections == 0


@pytest.mark.parametrize(
    ("typed", "security", "outcome"),
    [
        (smtp(), "starttls", "tls_required"),
        (smtp(b"* OK ready\r\n"), "starttls", "wrong_protocol"),
        (smtp(b"+OK POP3 ready\r\n"), "none", "wrong_protocol"),
        (smtp(Peer.close), "starttls", "server_closed"),
        (smtp(replies={"EHLO": b"250 x\r\n"}), "none", "auth_method_missing"),
    ],
)
def test_a_port_of_the_wrong_kind_offers_its_sibling(
    typed: Script, security: str, outcome: str, pair: Pair, certificate: Issued
) -> None:
    with serving(typed) as server:
        result, _ = pair(Side.SMTP, server.port, security, sibling=smtp(certificate=certificate, implicit=True))
    assert result.outcome == outcome
    assert pair.offered(result, Side.SMTP)
    assert no_credentials(pair.sibling)


def test_logindisabled_in_clear_offers_the_sibling(pair: Pair, certificate: Issued) -> None:
    with serving(imap(b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\r\n")) as server:
        result, _ = pair(Side.IMAP, server.port, "none", sibling=imap(certificate=certificate, implicit=True))
    assert result.outcome == "login_disabled"
    assert pair.offered(result, Side.IMAP)


@pytest.mark.parametrize(
    "typed",
    [
        imap(),
        imap(replies={"AUTHENTICATE": b"TAG NO [AUTHENTICATIONFAILED] no\r\n"}),
        imap(b"* BYE Too many connections\r\n"),
        imap(replies={"EXAMINE": Peer.close}),
    ],
    ids=["ok", "wrong password", "busy", "closed later"],
)
def test_what_is_not_the_ports_fault_leaves_the_sibling_alone(typed: Script, pair: Pair, certificate: Issued) -> None:
    with serving(typed) as server:
        result, _ = pair(Side.IMAP, server.port, "none", sibling=imap(certificate=certificate, implicit=True))
    assert "use_port" not in [fix.why for fix in result.fixes]
    assert pair.sibling.connections == 0


@pytest.fixture(scope="module")
def slow_verdicts(network: NetworkRules, certificate: Issued) -> Iterator[Mapping[str, tuple[SideResult, float]]]:
    """Ports that keep a check waiting, each with a good sibling; all at the same time."""
    found: dict[str, tuple[SideResult, float]] = {}
    with ExitStack() as stack:
        (dark,) = free_ports(1)
        address = stack.enter_context(black_hole(dark))
        mute = stack.enter_context(serving(imap(silent)))
        good = stack.enter_context(serving(imap(certificate=certificate, implicit=True)))
        plain = stack.enter_context(serving(STARTTLS_IMAP))
        beyond = stack.enter_context(serving(imap(certificate=certificate, implicit=True), host=address))
        tls, starttls = ConnectionSecurity.TLS, ConnectionSecurity.STARTTLS
        cases = {
            "black hole": (settings(dark, "starttls", address), Place(beyond.port, tls)),
            "silent": (settings(mute.port, "starttls", "127.0.0.1"), Place(good.port, tls)),
            "silent handshake": (settings(mute.port, "tls", "127.0.0.1"), Place(plain.port, starttls)),
            "both silent": (settings(mute.port, "none", "127.0.0.1"), Place(mute.port, tls)),
        }

        def run(name: str) -> None:
            server, place = cases[name]
            started = time.monotonic()
            result = check(Side.IMAP, server, network, siblings={Side.IMAP: {server.port: place}})
            found[name] = result, time.monotonic() - started

        threads = [threading.Thread(target=run, args=(name,)) for name in cases]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        yield found


@pytest.mark.parametrize(
    ("name", "outcome", "offered"),
    [
        ("black hole", "connect_timeout", True),
        ("silent", "timeout_banner", True),
        ("silent handshake", "timeout_tls", True),
        ("both silent", "timeout_banner", False),
    ],
)
def test_a_port_that_keeps_waiting_offers_its_sibling_without_taking_longer(
    *, name: str, outcome: str, offered: bool, slow_verdicts: Mapping[str, tuple[SideResult, float]]
) -> None:
    result, seconds = slow_verdicts[name]
    assert result.outcome == outcome
    assert [fix.why for fix in result.fixes] == (["use_port"] if offered else [])
    assert seconds < 10.5


def test_the_standard_ports_are_each_others_siblings() -> None:
    for places in STANDARD_SIBLINGS.values():
        for port, place in places.items():
            assert place.port != port
            if port != 25:
                assert places[place.port].port == port
    assert STANDARD_SIBLINGS[Side.SMTP][587] == Place(465, ConnectionSecurity.TLS)
    assert STANDARD_SIBLINGS[Side.IMAP][993] == Place(143, ConnectionSecurity.STARTTLS)


def test_a_typed_security_does_not_matter_to_the_sibling(pair: Pair, certificate: Issued) -> None:
    pair.network = replace(pair.network, require_encryption=True)
    with serving(smtp()) as server:
        result, _ = pair(Side.SMTP, server.port, "none", sibling=smtp(certificate=certificate, implicit=True))
    assert result.outcome == "tls_required"
    assert pair.offered(result, Side.SMTP)

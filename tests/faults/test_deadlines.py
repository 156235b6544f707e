"""Servers that keep a check waiting: each step has its time, and all of them together have 20 seconds.

The waits are real; all of them run at the same time, so that the module takes as long as the longest.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass

import pytest

from app.mail.dial import NetworkRules
from app.mail.probe import SideResult
from app.mail.settings import Side
from tests.fakes.dns import SILENT, name_server
from tests.fakes.mail_server import Peer, Script, imap, serving, smtp
from tests.servers.ca import Issued
from tests.servers.checking import check, settings, steps

# All of it in one process, else each would wait for every case.
pytestmark = pytest.mark.xdist_group("deadlines")


def silent(peer: Peer) -> None:
    """Say nothing, for ever."""
    peer.wait_for_end()


def drip(peer: Peer) -> None:
    """Send a byte a second, which outlives every timeout of a socket."""
    with suppress(OSError):
        for _ in range(60):
            peer.send(b"x")
            if peer.ends_within(1.0):
                return


@dataclass(frozen=True)
class Case:
    """A server, and how and when a check of it has to end."""

    script: Script
    security: str
    outcome: str
    step: str
    seconds: float


def dripping_handshake(peer: Peer) -> None:
    """Answer a hello with the beginning of a record, a byte a second."""
    peer.readline()
    with suppress(OSError):
        for byte in b"\x16\x03\x03\x3f\xff" + b"\x02" * 30:
            peer.send(bytes([byte]))
            if peer.ends_within(1.0):
                return


def promise(peer: Peer) -> None:
    """Agree to TLS, and wait for ever."""
    peer.send(b"220 go ahead\r\n")
    peer.wait_for_end()


STARTTLS_EHLO = b"250-mail.skrzynka.test\r\n250 STARTTLS\r\n"

CASES = {
    "no greeting": Case(imap(silent), "none", "timeout_banner", "greeting!", 10),
    "no greeting, SMTP": Case(smtp(silent), "starttls", "timeout_banner", "greeting!", 10),
    "a dripping greeting": Case(imap(drip), "none", "timeout_banner", "greeting!", 10),
    "no handshake": Case(imap(silent), "tls", "timeout_tls", "tls!", 10),
    "no capabilities": Case(
        imap(b"* OK hi\r\n", replies={"CAPABILITY": silent}), "none", "timeout_op", "greeting!", 12
    ),
    "no EHLO": Case(smtp(replies={"EHLO": silent}), "none", "timeout_op", "greeting!", 12),
    "no login": Case(imap(replies={"AUTHENTICATE": silent}), "none", "timeout_total", "login!", 20),
    "no login, SMTP": Case(smtp(replies={"AUTH": silent}), "none", "timeout_total", "login!", 20),
    "a dripping login": Case(imap(replies={"AUTHENTICATE": drip}), "none", "timeout_total", "login!", 20),
    "no inbox": Case(imap(replies={"EXAMINE": silent}), "none", "timeout_op", "inbox!", 12),
    "a dripping inbox": Case(imap(replies={"EXAMINE": drip}), "none", "timeout_op", "inbox!", 12),
    "a dripping handshake": Case(imap(dripping_handshake), "tls", "timeout_tls", "tls!", 10),
    "no answer to STARTTLS": Case(
        smtp(replies={"EHLO": STARTTLS_EHLO, "STARTTLS": silent}), "starttls", "timeout_op", "starttls!", 12
    ),
    "no handshake after STARTTLS": Case(
        smtp(replies={"EHLO": STARTTLS_EHLO, "STARTTLS": promise}), "starttls", "timeout_tls", "starttls!", 10
    ),
    "a dripping EHLO": Case(smtp(replies={"EHLO": drip}), "none", "timeout_op", "greeting!", 12),
    "no sender": Case(smtp(replies={"MAIL": silent}), "none", "timeout_op", "sender!", 12),
}


@dataclass(frozen=True)
class Ended:
    """A verdict, and how many seconds it took."""

    result: SideResult
    seconds: float


@pytest.fixture(scope="module")
def verdicts(network: NetworkRules) -> Iterator[dict[str, Future[Ended]]]:
    """All cases, under way."""
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(CASES) + 1))
        servers = {name: stack.enter_context(serving(case.script)) for name, case in CASES.items()}
        yield {name: pool.submit(timed, _checking(case, servers[name].port, network)) for name, case in CASES.items()}


def timed(run: Callable[[], SideResult]) -> Ended:
    started = time.monotonic()
    result = run()
    return Ended(result, time.monotonic() - started)


def _checking(case: Case, port: int, network: NetworkRules) -> Callable[[], SideResult]:
    side = Side.IMAP if case.script.tagged else Side.SMTP
    return lambda: check(side, settings(port, case.security), network)


@pytest.mark.parametrize("name", CASES)
def test_a_server_that_keeps_waiting_gets_its_time_and_no_more(name: str, verdicts: dict[str, "Future[Ended]"]) -> None:
    case, ended = CASES[name], verdicts[name].result(timeout=25)
    assert ended.result.outcome == case.outcome
    assert steps(ended.result)[-1] == case.step
    assert case.seconds - 0.2 <= ended.seconds <= case.seconds + 1


def test_a_silent_name_server_is_dns_failure_after_three_seconds(network: NetworkRules, certificate: Issued) -> None:
    table = {("silent.skrzynka.test", "A"): SILENT, ("silent.skrzynka.test", "AAAA"): SILENT}
    with name_server(table) as resolver:
        rules = NetworkRules(network.allow, network.ports, resolver=resolver)
        ended = timed(lambda: check(Side.IMAP, settings(1993, host="silent.skrzynka.test"), rules))
    assert ended.result.outcome == "dns_failure"
    assert ended.seconds < 4

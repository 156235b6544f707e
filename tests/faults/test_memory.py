"""No server makes a check grow by more than 64 MiB: measured in a process of its own, and limited by the kernel."""

import json
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.fakes.mail_server import Peer, Script, imap, serving, smtp
from tests.servers.ca import Issued

# All of it in one process, else each would play every case.
pytestmark = pytest.mark.xdist_group("memory")

MEBI = 1024 * 1024
STARTTLS = b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"


def flooding(data: bytes, first: bytes = b"") -> Callable[[Peer], None]:
    def flood(peer: Peer) -> None:
        peer.send(first.replace(b"TAG", peer.line.partition(b" ")[0]))
        peer.flood(data)

    return flood


def handshake_flood(peer: Peer) -> None:
    """Send handshake records without end, of a certificate message that claims 16 MB."""
    peer.read(1)
    message = b"\x0b\xff\xff\xff" + b"x" * 16000
    record = b"\x16\x03\x03" + struct.pack(">H", len(message)) + message
    peer.flood(record)


# Everything that a server may send without end, and what is said about it.
CASES: dict[str, tuple[Callable[[Issued], Script], str, set[str]]] = {
    "a greeting without end": (lambda _: imap(flooding(b"x" * 65536)), "none", {"protocol_error"}),
    "greetings without end": (lambda _: smtp(flooding(b"220-hello\r\n" * 4096)), "none", {"too_much_data"}),
    "capabilities without end": (
        lambda _: imap(b"* OK hi\r\n", replies={"CAPABILITY": flooding(b"* CAPABILITY IMAP4rev1 A B C D\r\n" * 2048)}),
        "none",
        {"too_much_data"},
    ),
    "a capability line without end": (
        lambda _: imap(b"* OK hi\r\n", replies={"CAPABILITY": flooding(b"A " * 32768, b"* CAPABILITY ")}),
        "none",
        {"protocol_error"},
    ),
    "extensions without end": (
        lambda _: smtp(replies={"EHLO": flooding(b"250-X\r\n" * 8192)}),
        "none",
        {"too_much_data"},
    ),
    "different extensions": (
        lambda _: smtp(replies={"EHLO": flooding(b"".join(b"250-X%d y\r\n" % n for n in range(5000)))}),
        "none",
        {"too_much_data"},
    ),
    "a giant literal": (
        lambda _: imap(replies={"EXAMINE": flooding(b"x" * 65536, b"* LIST () NIL {9999999999}\r\n")}),
        "none",
        {"protocol_error"},
    ),
    "large literals without end": (
        lambda _: imap(replies={"EXAMINE": flooding(b"* LIST () NIL {1000000}\r\n" + b"x" * 1000000 + b"\r\n")}),
        "none",
        {"too_much_data"},
    ),
    "tiny lines without end": (
        lambda _: imap(replies={"EXAMINE": flooding(b"* 1 X\r\n" * 8192)}),
        "none",
        {"too_much_data"},
    ),
    "kinds of lines without end": (
        lambda _: imap(replies={"EXAMINE": flooding(b"".join(b"* %s x\r\n" % kind(n) for n in range(9000)))}),
        "none",
        {"too_much_data"},
    ),
    "a refusal without end": (
        lambda _: imap(replies={"AUTHENTICATE": flooding(b"* NO [[[[ invalid or imap\r\n" * 4096)}),
        "none",
        {"too_much_data"},
    ),
    "a farewell without end": (lambda _: imap(replies={"LOGOUT": flooding(b"* BYE bye\r\n" * 4096)}), "none", {"ok"}),
    "a handshake without end": (lambda _: imap(handshake_flood), "tls", {"tls_failed", "tls_too_old", "too_much_data"}),
    "a flood inside TLS": (
        lambda certificate: imap(flooding(b"x" * 65536), certificate=certificate, implicit=True),
        "tls",
        {"protocol_error"},
    ),
    "a flood instead of a handshake": (
        lambda _: imap(STARTTLS, replies={"STARTTLS": flooding(b"x" * 65536, b"TAG OK go ahead\r\n")}),
        "starttls",
        {"protocol_error", "tls_unsafe"},
    ),
    "text without end where TLS should be": (lambda _: imap(flooding(b"x" * 65536)), "tls", {"wrong_security"}),
}


def kind(number: int) -> bytes:
    """Return a word of capitals that is different for each number."""
    return bytes(65 + number // 26**place % 26 for place in range(4))


@pytest.fixture(scope="module")
def growths(certificate: Issued) -> Iterator[dict[str, "Future[dict[str, object]]"]]:
    """All cases, under way."""
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(2))
        futures = {}
        for name, (make, security, _) in CASES.items():
            script = make(certificate)
            good = (imap if script.tagged else smtp)(
                STARTTLS if security == "starttls" else _greeting(script),
                certificate=certificate,
                implicit=security == "tls",
            )
            ports = [stack.enter_context(serving(each)).port for each in (good, script)]
            futures[name] = pool.submit(_grow, ports, "imap" if script.tagged else "smtp", security)
        yield futures


def _greeting(script: Script) -> bytes:
    return b"* OK [CAPABILITY IMAP4rev1] ready\r\n" if script.tagged else b"220 ready\r\n"


def _grow(ports: list[int], side: str, security: str) -> dict[str, object]:
    command = [sys.executable, "-m", "tests.faults.grower", *map(str, ports), side, security]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=40, check=False)
    assert answer.returncode == 0, answer.stderr
    return dict(json.loads(answer.stdout))


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_server_is_refused_within_64_mib(name: str, growths: dict[str, "Future[dict[str, object]]"]) -> None:
    growth = growths[name].result(timeout=50)
    assert growth["outcome"] in CASES[name][2]
    assert isinstance(growth["grown_kib"], int)
    assert growth["grown_kib"] < 64 * 1024

"""How much memory a hostile server can make a check take. Run as a program, this is the check, in a fresh process."""

import re
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.mail.probe import collect, probe
from app.mail.rules import AllowRule, NetworkRules
from app.mail.settings import ConnectionSecurity, ProbeRequest, ServerSettings, Side
from tests.bench.figure import Figure
from tests.bench.house import ROOT, House
from tests.fakes.mail_server import Peer, Script, imap, serving, smtp


def measure(_house: House) -> list[Figure]:
    """Return the growth of the process that met the worst server."""
    with ThreadPoolExecutor(2) as pool:
        growths = list(pool.map(_growth, _floods()))
    what = f"Growth of the memory of a check, worst of {len(growths)} floods"
    return [Figure(what, max(growths), "MiB", 64)]


def _floods() -> list[Script]:
    """Return servers that never stop talking, each in its own way."""

    def flood(beginning: bytes, more: bytes) -> Callable[[Peer], None]:
        def reply(peer: Peer) -> None:
            peer.send(beginning)
            peer.flood(more)

        return reply

    literal = flood(b"* LIST () {2147483647}\r\n", b"x" * 65536)
    # Each is just small enough to be read.
    literals = flood(b"", b"* LIST () {65536}\r\n" + b"x" * 65536 + b"\r\n")
    line = flood(b"", b"x" * 65536)
    untagged = flood(b"", b"* 1 EXISTS\r\n* FLAGS (a b c)\r\n" * 2048)
    reply = flood(b"", b"250-x\r\n" * 8192)
    greeting = flood(b"", b"220-x\r\n" * 8192)
    return [
        *(imap(replies={command: how}) for command in ("AUTHENTICATE", "EXAMINE") for how in (literal, literals, line)),
        imap(replies={"EXAMINE": untagged}),
        imap(flood(b"* OK ", b"x" * 65536)),
        imap(b"* OK ready\r\n", replies={"CAPABILITY": untagged}),
        smtp(greeting),
        smtp(line),
        *(smtp(replies={command: how}) for command in ("EHLO", "AUTH", "MAIL") for how in (reply, line)),
    ]


def _growth(script: Script) -> float:
    side = Side.IMAP if script.tagged else Side.SMTP
    with serving(imap() if script.tagged else smtp()) as calm, serving(script) as hostile:
        command = [sys.executable, "-m", "tests.bench.floods", side.value, str(calm.port), str(hostile.port)]
        return float(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def main() -> None:
    """Check a server that is fine and then a hostile one; print by how many MiB that made the process grow."""
    side, *ports = Side(sys.argv[1]), *(int(port) for port in sys.argv[2:])
    rules = NetworkRules(allow=(AllowRule.parse("127.0.0.0/8:*"),), ports=frozenset(ports))
    before = 0.0
    for port, is_good in zip(ports, (True, False), strict=True):
        server = ServerSettings("127.0.0.1", port, ConnectionSecurity.NONE, "anna", "secret", sender="anna@x.test")
        before = _memory("VmRSS")
        assert collect(probe(ProbeRequest(**{side.value: server}), rules)).ok is is_good
        # The farewell, too, is heard by whoever said all that.
        for thread in threading.enumerate():
            if thread is not threading.current_thread():
                thread.join(5)
    print(_memory("VmHWM") - before)  # noqa: T201


def _memory(what: str) -> float:
    """Return a line of the process's status in MiB. (``ru_maxrss`` would count the parent's memory before the exec.)"""
    found = re.search(rf"{what}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found.group(1)) / 1024


if __name__ == "__main__":
    main()

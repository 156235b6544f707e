"""How long the probe takes: both sides at once, and beside a dead one."""

import socket
from dataclasses import replace
from time import perf_counter

from app.mail.probe import SideFinished, collect, probe
from app.mail.settings import ConnectionSecurity, ProbeRequest, ServerSettings, Side
from tests.bench.figure import Figure, interleaved, median
from tests.bench.house import EMAIL, PASSWORD, House

# Looked up by nobody: the name server of the benchmark would share this process, and its time.
ADDRESS = "127.0.0.1"


def measure(house: House) -> list[Figure]:
    """Return the figures of the probe."""
    imap = ServerSettings(ADDRESS, house.imap_port, ConnectionSecurity.TLS, EMAIL, PASSWORD)
    smtp = ServerSettings(ADDRESS, house.smtp_port, ConnectionSecurity.TLS, EMAIL, PASSWORD, sender=EMAIL)

    def run(request: ProbeRequest) -> None:
        assert collect(probe(request, house.network)).ok

    both, alone_imap, alone_smtp = (
        median(times)
        for times in interleaved(
            [
                lambda: run(ProbeRequest(imap, smtp)),
                lambda: run(ProbeRequest(imap=imap)),
                lambda: run(ProbeRequest(smtp=smtp)),
            ],
            rounds=40,
        )
    )
    beside_dead = _beside_a_dead_side(house, imap, smtp)
    return [
        Figure("IMAP and SMTP together, against the slower of the two", both / max(alone_imap, alone_smtp), "x", 1.15),
        Figure("IMAP alone, median", alone_imap, "ms"),
        Figure("IMAP beside an SMTP server that never speaks", beside_dead, "ms"),
        Figure("The same, against IMAP alone", beside_dead / alone_imap, "x", 1.5),
    ]


def _beside_a_dead_side(house: House, imap: ServerSettings, smtp: ServerSettings) -> float:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        rules = replace(house.network, ports=house.network.ports | {port})
        times = []
        for _ in range(15):
            started = perf_counter()
            events = probe(ProbeRequest(imap, replace(smtp, port=port)), rules)
            for event in events:
                if isinstance(event, SideFinished) and event.side is Side.IMAP:
                    times.append((perf_counter() - started) * 1000)
                    break
            events.close()
        return median(times)

"""What goes wrong is named soon, and costs nobody else any time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from itertools import cycle
from time import perf_counter, sleep

from app.mail.outcomes import Outcome
from app.mail.probe import SideFinished, collect, probe
from app.mail.result import SideResult
from app.mail.rules import NetworkRules
from app.mail.settings import ConnectionSecurity, ProbeRequest, ServerSettings, Side
from tests.bench.figure import Figure, interleaved, median
from tests.bench.house import HOST, WIDE_ADDRESSES, WIDE_HOST, Client, House, test_at
from tests.fakes.black_hole import black_hole
from tests.fakes.mail_server import Peer, Script, ScriptedServer, imap, serving, smtp

TLS, STARTTLS, NONE = ConnectionSecurity.TLS, ConnectionSecurity.STARTTLS, ConnectionSecurity.NONE
# As long as Dovecot makes an address wait that was wrong a few times.
REFUSAL_SECONDS = 17.0
DRIP_SECONDS = 0.3
TOO_LATE = {
    Outcome.CONNECT_TIMEOUT,
    Outcome.TIMEOUT_BANNER,
    Outcome.TIMEOUT_TLS,
    Outcome.TIMEOUT_OP,
    Outcome.TIMEOUT_TOTAL,
}


def measure(house: House) -> list[Figure]:
    """Return the figures of faults. The long waits are waited for together."""
    with ExitStack() as stack:
        for address in WIDE_ADDRESSES:
            stack.enter_context(black_hole(house.spare_port, address))
        blocked = _presses(house)
        beside = _beside_a_black_hole(house)
        wrong_security = _wrong_security(house)
        with ThreadPoolExecutor(3) as pool:
            dead = pool.submit(_black_holed, house)
            refused = pool.submit(_wrong_password, house)
            slowest, count = pool.submit(_any_fault, house).result()
    late, attempts = refused.result()
    return [
        *(
            Figure(f"{side.name} over 50 ms beside a black hole, against itself alone", ratio, "x", 1.1)
            for side, ratio in beside.items()
        ),
        Figure("The black hole itself, with the most addresses that are dialled", dead.result(), "s", 11),
        Figure("Wrong security named over 50 ms, slowest of eight", wrong_security, "s", 1.5),
        Figure(f"Wrong password, above the server's own {REFUSAL_SECONDS:g} s", late, "ms", 100),
        Figure("Wrong password: attempts to log in, per side", attempts, "", 1),
        Figure(f"Slowest verdict on {count} servers that drip or say nothing", slowest, "s", 21),
        Figure("Slowest request that starts a test of a dead server", blocked, "ms", 1000),
    ]


def _presses(house: House) -> float:
    """Return the slowest of some requests that start tests of a dead server, while the worker waits for it."""
    client = Client(house.port)
    client.sign_in()
    token = client.token("/accounts/new")
    dead = {f"{side}-port": str(house.spare_port) for side in Side}
    places: list[str] = []
    (times,) = interleaved([lambda: places.append(client.press(house.typed() | dead, token))], rounds=8)
    for place in places:
        client.ask(f"/connection-tests/{test_at(place)}/cancel", {"csrf_token": token})
    return max(times)


def _beside_a_black_hole(house: House) -> dict[Side, float]:
    """Return how much longer each side waits for its verdict where the other is dead."""
    healthy = {side: house.far_server(side, TLS) for side in Side}
    dead = {side: replace(server, port=house.spare_port) for side, server in healthy.items()}

    def first_verdict(request: ProbeRequest) -> None:
        events = probe(request, house.network)
        verdict = next(event for event in events if isinstance(event, SideFinished))
        events.close()
        assert verdict.result.outcome is Outcome.OK

    requests = [
        ProbeRequest(imap=healthy[Side.IMAP]),
        ProbeRequest(healthy[Side.IMAP], dead[Side.SMTP]),
        ProbeRequest(smtp=healthy[Side.SMTP]),
        ProbeRequest(dead[Side.IMAP], healthy[Side.SMTP]),
    ]
    actions = [lambda request=request: first_verdict(request) for request in requests]
    imap_alone, imap_beside, smtp_alone, smtp_beside = (median(times) for times in interleaved(actions, rounds=7))
    return {Side.IMAP: imap_beside / imap_alone, Side.SMTP: smtp_beside / smtp_alone}


def _black_holed(house: House) -> float:
    server = ServerSettings(WIDE_HOST, house.spare_port, TLS, "anna", "secret")
    seconds, result = _judged(Side.IMAP, server, house.network)
    assert result.outcome is Outcome.CONNECT_TIMEOUT
    return seconds


def _wrong_security(house: House) -> float:
    """Return the slowest verdict on TLS where plain text was expected, and plain text where TLS was."""
    mistakes = [
        (side, replace(house.far_server(side, spoken), security=typed))
        for side in Side
        for spoken, typed in ((TLS, STARTTLS), (TLS, NONE), (STARTTLS, TLS))
    ]

    def seconds(mistake: tuple[Side, ServerSettings]) -> float:
        rules = replace(house.network, ports=house.network.ports | {mistake[1].port})
        taken, result = _judged(*mistake, rules)
        assert result.outcome is Outcome.WRONG_SECURITY, result
        return taken

    with ExitStack() as stack, ThreadPoolExecutor(len(mistakes) + 2) as pool:
        # Nothing to propose instead: no STARTTLS, and every further connection waits in vain.
        for side, script in ((Side.IMAP, imap), (Side.SMTP, smtp)):
            reticent = stack.enter_context(serving(_speaking_every_other_time(script())))
            mistakes.append((side, replace(house.far_server(side, TLS), port=reticent.port, host="127.0.0.1")))
        rounds = [list(pool.map(seconds, mistakes)) for _ in range(3)]
    return max(median(times) for times in zip(*rounds, strict=True))


def _speaking_every_other_time(script: Script) -> Callable[[Peer], None]:
    """Return a server that greets the first of each two connections and leaves the second without a word."""
    handlers = cycle((script, Peer.wait_for_end))

    def serve(peer: Peer) -> None:
        next(handlers)(peer)

    return serve


def _wrong_password(house: House) -> tuple[float, int]:
    """Return the milliseconds above the server's own delay, and the attempts to log in, of the worse side."""

    def refuse_imap(peer: Peer) -> None:
        tag = peer.line.partition(b" ")[0]
        sleep(REFUSAL_SECONDS)
        peer.send(tag + b" NO [AUTHENTICATIONFAILED] Authentication failed.\r\n")

    def refuse_smtp(peer: Peer) -> None:
        sleep(REFUSAL_SECONDS)
        peer.send(b"535 5.7.8 Error: authentication failed\r\n")

    scripts = {
        Side.IMAP: imap(replies={"AUTHENTICATE": refuse_imap, "LOGIN": refuse_imap}),
        Side.SMTP: smtp(replies={"AUTH": refuse_smtp}),
    }
    logins = {Side.IMAP: (b" AUTHENTICATE ", b" LOGIN "), Side.SMTP: (b"AUTH ",)}
    with ExitStack() as stack:
        servers = {side: stack.enter_context(serving(script)) for side, script in scripts.items()}
        with ThreadPoolExecutor(len(servers)) as pool:
            judged = list(pool.map(lambda side: _scripted(house, side, servers[side], NONE), servers))
        attempts = [sum(server.sent(word) for word in logins[side]) for side, server in servers.items()]
    assert all(result.outcome is Outcome.AUTH_FAILED for _, result in judged), judged
    assert min(attempts) >= 1
    return (max(seconds for seconds, _ in judged) - REFUSAL_SECONDS) * 1000, max(attempts)


def _any_fault(house: House) -> tuple[float, int]:
    """Return the slowest verdict on servers that drip or fall silent at any step, and how many there were."""
    faults = [(side, *fault) for side in Side for fault in _slow_servers(side)]
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(script)) for _, script, _ in faults]
        with ThreadPoolExecutor(len(faults)) as pool:
            waits = [
                pool.submit(_scripted, house, side, server, security)
                for server, (side, _, security) in zip(servers, faults, strict=True)
            ]
            judged = [wait.result() for wait in waits]
    assert all(result.outcome in TOO_LATE for _, result in judged), [result.outcome for _, result in judged]
    return max(seconds for seconds, _ in judged), len(faults)


def _slow_servers(side: Side) -> Iterator[tuple[Script, ConnectionSecurity]]:
    """Give servers that are fine until one step, from which on they drip, or say nothing."""
    greeting, line = (
        (_drip(b"* OK wait\r\n"),) * 2 if side is Side.IMAP else (_drip(b"220-wait\r\n"), _drip(b"250-wait\r\n"))
    )
    # The beginning of the longest record that there is, which TLS has to wait for.
    record = _drip(b"\x16\x03\x03\x40\x00" + b"\x02" * 100)
    for first, later, hello in ((greeting, line, record), (Peer.wait_for_end,) * 3):
        if side is Side.IMAP:
            offers = b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"
            yield imap(first), NONE
            yield imap(hello), TLS
            yield imap(b"* OK ready\r\n", replies={"CAPABILITY": later}), NONE
            yield imap(offers, replies={"STARTTLS": later}), STARTTLS
            yield imap(replies={"AUTHENTICATE": later}), NONE
            yield imap(replies={"EXAMINE": later}), NONE
        else:
            offers = b"250-mail.skrzynka.test\r\n250 STARTTLS\r\n"
            yield smtp(first), NONE
            yield smtp(hello), TLS
            yield smtp(replies={"EHLO": later}), NONE
            yield smtp(replies={"EHLO": offers, "STARTTLS": later}), STARTTLS
            yield smtp(replies={"AUTH": later}), NONE
            yield smtp(replies={"MAIL": later}), NONE


def _drip(text: bytes) -> Callable[[Peer], None]:
    """Return a reply that says ``text`` again and again, byte by byte."""

    def reply(peer: Peer) -> None:
        for byte in cycle(text):
            peer.send(bytes([byte]))
            sleep(DRIP_SECONDS)

    return reply


def _scripted(
    house: House, side: Side, server: ScriptedServer, security: ConnectionSecurity
) -> tuple[float, SideResult]:
    rules = replace(house.network, ports=house.network.ports | {server.port})
    return _judged(side, ServerSettings(HOST, server.port, security, "anna", "secret", sender="anna@x.test"), rules)


def _judged(side: Side, server: ServerSettings, rules: NetworkRules) -> tuple[float, SideResult]:
    """Return the seconds until the verdict, and the verdict."""
    started = perf_counter()
    found = collect(probe(ProbeRequest(**{side.value: server}), rules))
    result = found.imap if side is Side.IMAP else found.smtp
    assert result is not None
    return perf_counter() - started, result

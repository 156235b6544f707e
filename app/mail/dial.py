"""The only door out of the process: what may be dialled, and dialling exactly that."""

import contextlib
import errno
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from app.mail.address import ip_of
from app.mail.deadline import Deadline
from app.mail.failures import StepFailed
from app.mail.guard import IpAddress, unwrapped
from app.mail.names import Resolver, local_addresses
from app.mail.outcomes import Outcome
from app.mail.rules import AllowRule, NetworkRules

__all__ = ["AllowRule", "NetworkRules", "Target", "beside", "dial", "is_forbidden", "resolve"]

RESOLVE_SECONDS = 3.0
# A refusal takes at least this long: the time must not tell a forbidden port from a name that leads inside.
REFUSAL_SECONDS = 0.1
CONNECT_SECONDS = 10.0
ADDRESS_SECONDS = 5.0
MOST_DIALS = 6
# RFC 8305, 5: the next address starts this much later if the one before has not answered.
STAGGER_SECONDS = 0.25
# How often a pending dial looks whether it was cancelled.
SLICE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Target:
    """A judged place: only these addresses are dialled, in this order, whatever a name server says later."""

    host: str
    addresses: tuple[IpAddress, ...]
    port: int


def resolve(host: str, port: int, rules: NetworkRules, deadline: Deadline) -> Target:
    """Return the judged addresses of a canonical host, those that are worth dialling. Raises StepFailed.

    Every address of an answer must pass; else a name could smuggle an inner address in beside a public one.
    """
    started = time.monotonic()
    try:
        return _judged(host, port, rules, deadline)
    except StepFailed as failure:
        if failure.outcome is Outcome.HOST_NOT_ALLOWED:
            deadline.pause(started + REFUSAL_SECONDS - time.monotonic())
        raise


def beside(target: Target, port: int, rules: NetworkRules) -> Target | None:
    """Return another port of a judged place, or None if it may not be dialled."""
    permitted = rules.permit_port(port) and all(
        rules.permit(target.host, address, port) for address in target.addresses
    )
    return replace(target, port=port) if permitted else None


def is_forbidden(host: str, port: int, rules: NetworkRules) -> bool:
    """Say whether a canonical host may not be dialled, as far as that is known without asking a name server."""
    found = _at_hand(host, port, rules)
    return not (rules.permit_port(port) and all(rules.permit(host, address, port) for address in found))


def _judged(host: str, port: int, rules: NetworkRules, deadline: Deadline) -> Target:
    if not rules.permit_port(port):
        raise StepFailed(Outcome.HOST_NOT_ALLOWED)
    found = _at_hand(host, port, rules)
    if not found:
        found = Resolver(rules.resolver).addresses(host, min(RESOLVE_SECONDS, deadline.remaining))
    deadline.check()
    if not all(rules.permit(host, address, port) for address in found):
        raise StepFailed(Outcome.HOST_NOT_ALLOWED)
    distinct = list(dict.fromkeys(unwrapped(address) for address in found))
    return Target(host, tuple(_interleaved(distinct)[:MOST_DIALS]), port)


def _at_hand(host: str, port: int, rules: NetworkRules) -> Sequence[IpAddress]:
    """Return the addresses of ``host`` that are known without asking anybody."""
    literal = ip_of(host)
    if literal is not None:
        return (literal,)
    # The machine's own table, not a stranger's answer: `localhost` is two addresses, and one may be open.
    local = local_addresses(host)
    return [address for address in local if rules.permit(host, address, port)] or local


def dial(target: Target, deadline: Deadline) -> tuple[socket.socket, IpAddress]:
    """Return a connected socket and the address that answered first (RFC 8305). Raises StepFailed."""
    with _Race(target, deadline) as race:
        return race.run()


class _Race:
    """Pending connections to the addresses of one target."""

    def __init__(self, target: Target, deadline: Deadline) -> None:
        self._deadline = deadline
        self._port = target.port
        self._waiting = list(target.addresses)
        self._end = time.monotonic() + CONNECT_SECONDS
        self._selector = selectors.DefaultSelector()
        self._pending: dict[socket.socket, tuple[IpAddress, float]] = {}
        self._errors: list[Outcome] = []

    def __enter__(self) -> "_Race":
        return self

    def __exit__(self, *_: object) -> None:
        for sock in list(self._pending):
            self._drop(sock)
        self._selector.close()

    def run(self) -> tuple[socket.socket, IpAddress]:
        next_start = 0.0
        while self._waiting or self._pending:
            self._deadline.check()
            now = time.monotonic()
            if now >= self._end:
                self._errors.append(Outcome.CONNECT_TIMEOUT)
                break
            if self._waiting and (now >= next_start or not self._pending):
                self._start(self._waiting.pop(0), now)
                next_start = now + STAGGER_SECONDS
            wait = min(SLICE_SECONDS, max(0.0, next_start - now) if self._waiting else SLICE_SECONDS)
            winner = self._first_connected(wait)
            if winner is not None:
                return winner
        raise StepFailed(_most_telling(self._errors))

    def _start(self, address: IpAddress, now: float) -> None:
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
        try:
            sock = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            self._errors.append(_outcome_of(error.errno))
            return
        sock.setblocking(False)
        status = sock.connect_ex((str(address), self._port))
        if status not in (0, errno.EINPROGRESS):
            sock.close()
            self._errors.append(_outcome_of(status))
            return
        self._pending[sock] = (address, now + ADDRESS_SECONDS)
        self._selector.register(sock, selectors.EVENT_WRITE)

    def _first_connected(self, wait: float) -> tuple[socket.socket, IpAddress] | None:
        if not self._pending:
            return None
        for key, _ in self._selector.select(wait):
            sock = key.fileobj
            assert isinstance(sock, socket.socket)  # noqa: S101 -- tells the type checker what was registered
            status = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            # A reset comes only after the connection was there; what it means is for the greeting to say.
            if status in (0, errno.ECONNRESET):
                address, _end = self._pending.pop(sock)
                self._selector.unregister(sock)
                return sock, address
            self._errors.append(_outcome_of(status))
            self._drop(sock)
        now = time.monotonic()
        for sock in [sock for sock, (_, end) in self._pending.items() if now >= end]:
            self._errors.append(Outcome.CONNECT_TIMEOUT)
            self._drop(sock)
        return None

    def _drop(self, sock: socket.socket) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(sock)
        self._pending.pop(sock, None)
        sock.close()


def _interleaved(addresses: Sequence[IpAddress]) -> list[IpAddress]:
    # RFC 8305, 4: families take turns, IPv6 first.
    six = [address for address in addresses if address.version == 6]
    four = [address for address in addresses if address.version == 4]
    return [address for address in chain.from_iterable(zip_longest(six, four)) if address is not None]


def _outcome_of(status: int | None) -> Outcome:
    if status == errno.ECONNREFUSED:
        return Outcome.CONNECT_REFUSED
    return Outcome.CONNECT_TIMEOUT if status == errno.ETIMEDOUT else Outcome.UNREACHABLE


def _most_telling(errors: Sequence[Outcome]) -> Outcome:
    # A refusal proves that a machine is there; "no route" is often only a missing IPv6.
    for outcome in (Outcome.CONNECT_REFUSED, Outcome.CONNECT_TIMEOUT):
        if outcome in errors:
            return outcome
    return Outcome.UNREACHABLE

"""One document over https: small, in time, from a judged place, and never over anything weaker."""

import http.client
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from app.mail.address import HostInvalid, canonical_host
from app.mail.connection import Connection, PlainText
from app.mail.deadline import Deadline
from app.mail.dial import dial, resolve
from app.mail.failures import StepFailed
from app.mail.outcomes import Outcome
from app.mail.rules import NetworkRules
from app.mail.tls import Trust

HTTPS_PORT = 443
LONGEST_DOCUMENT = 256 * 1024
MOST_REDIRECTS = 3

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Document:
    """What was found, and the hosts that led there: the first was asked for it, the last one had it."""

    hosts: tuple[str, ...]
    body: bytes


class DocumentMissing(Exception):
    """There is no such document, or none that may be fetched."""


def fetch(url: str, rules: NetworkRules, deadline: Deadline, *, port: int = HTTPS_PORT) -> Document:
    """Return the document at ``url``. Raises DocumentMissing, StepFailed.

    Of ports only 443 is dialled, and ``port``, which is the operator's word; those for mail are no matter here. Each
    redirect is judged like the first address, and leads to https only.
    """
    rules = _for_documents(rules, frozenset({HTTPS_PORT, port}))
    hosts: list[str] = []
    for _ in range(MOST_REDIRECTS + 1):
        place = _place(url)
        hosts.append(place.hostname or "")
        # A rule of the operator opens a mail server's port for mail.
        if (place.port or HTTPS_PORT) not in rules.ports:
            raise DocumentMissing("not a port for documents")
        answer = _get(place, rules, deadline)
        if isinstance(answer, bytes):
            return Document(tuple(hosts), answer)
        url = _joined(url, answer)
    raise DocumentMissing("too many redirects")


def _for_documents(rules: NetworkRules, ports: frozenset[int]) -> NetworkRules:
    # Where the operator has opened a network "at all ports", those for mail are meant: its web servers stay closed.
    allow = tuple(rule for rule in rules.allow if rule.port is not None or ports <= rules.ports)
    return replace(rules, ports=ports, allow=allow)


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise DocumentMissing("a redirect to no address") from error


def _place(url: str) -> SplitResult:
    try:
        place = urlsplit(url)
        if place.scheme != "https" or place.username is not None or place.password is not None:
            raise DocumentMissing("not an https address")
        _ = place.port  # which is read only now, and may be nonsense
        return place._replace(netloc=_netloc(canonical_host(place.hostname or ""), place.port))
    except (ValueError, HostInvalid) as error:
        raise DocumentMissing("not an address") from error


def _netloc(host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port in (None, HTTPS_PORT) else f"{name}:{port}"


def _get(place: SplitResult, rules: NetworkRules, deadline: Deadline) -> bytes | str:
    """Return the document's bytes, or where else it is said to be."""
    host = place.hostname or ""
    with _connected(host, place.port or HTTPS_PORT, rules, deadline) as connection:
        connection.sendall(_request(place))
        connection.allow(None, Outcome.TIMEOUT_OP)
        try:
            return _read(connection)
        except (http.client.RemoteDisconnected, http.client.IncompleteRead) as error:
            raise StepFailed(Outcome.SERVER_CLOSED) from error
        except (http.client.HTTPException, ValueError) as error:
            raise StepFailed(Outcome.PROTOCOL_ERROR) from error


@contextmanager
def _connected(host: str, port: int, rules: NetworkRules, deadline: Deadline) -> Iterator[Connection]:
    sock, _ = dial(resolve(host, port, rules, deadline), deadline)
    connection = Connection(sock, deadline)
    try:
        connection.start_tls(host, Trust(verified=True, ca_file=rules.ca_file))
        yield connection
    except PlainText as error:
        raise StepFailed(Outcome.WRONG_SECURITY) from error
    finally:
        connection.close()


def _request(place: SplitResult) -> bytes:
    target = (place.path or "/") + (f"?{place.query}" if place.query else "")
    # Whatever a redirect says, it is one line.
    if not target.isascii() or not target.isprintable() or " " in target:
        raise DocumentMissing("not an address")
    lines = (
        f"GET {target} HTTP/1.1",
        f"Host: {place.netloc}",
        "User-Agent: Skrzynka",
        "Accept: application/xml, text/xml",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _read(connection: Connection) -> bytes | str:
    response = http.client.HTTPResponse(_Readable(connection), method="GET")  # type: ignore[arg-type]  # all it uses
    response.begin()
    if response.status in _REDIRECTS:
        location = response.getheader("Location")
        if not location:
            raise DocumentMissing("a redirect to nowhere")
        return location
    if response.status == 429 or response.status >= 500:
        raise StepFailed(Outcome.SERVER_BUSY)  # whether there is one, nobody has said
    if response.status != 200:
        raise DocumentMissing(f"the server answers {response.status}")
    body: bytes = response.read(LONGEST_DOCUMENT + 1)
    if len(body) > LONGEST_DOCUMENT:
        raise StepFailed(Outcome.TOO_MUCH_DATA)
    if response.length:
        raise StepFailed(Outcome.SERVER_CLOSED)
    return body


class _Readable:
    """As much of a socket as the standard library's reader of replies wants."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_Stream(self._connection))


class _Stream(io.RawIOBase):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._rest or self._connection.receive()
        size = min(len(buffer), len(data))
        buffer[:size], self._rest = data[:size], data[size:]
        return size

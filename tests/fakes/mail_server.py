"""A mail server that does what a script says, on a real socket, and remembers every byte it was sent."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.servers.ca import Issued

Handler = Callable[["Peer"], None]
Reply = bytes | Callable[["Peer"], None]

IMAP_GREETING = b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n"
SMTP_GREETING = b"220 mail.skrzynka.test ESMTP\r\n"


@dataclass
class Record:
    """What one client has sent: all of it, what was not inside TLS, and how it came."""

    everything: bytearray = field(default_factory=bytearray)
    in_clear: bytearray = field(default_factory=bytearray)
    segments: list[bytes] = field(default_factory=list)
    ended: bool = False

    @property
    def lines(self) -> list[bytes]:
        """All lines, without their ends."""
        return bytes(self.everything).splitlines()


class Peer:
    """One client, as the server sees it."""

    def __init__(self, sock: socket.socket, record: Record, bytewise: bool) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(30)
        self._sock = sock
        self._record = record
        self._bytewise = bytewise
        self._pending = b""
        # What the client said last.
        self.line = b""
        self.encrypted = False
        # Whether the client has left.
        self.gone = False

    def send(self, data: bytes) -> None:
        """Send everything at once, or byte by byte if the server is that kind."""
        if not self._bytewise:
            self._sock.sendall(data)
            return
        for byte in data:
            self._sock.sendall(bytes([byte]))

    def flood(self, data: bytes) -> None:
        """Send ``data`` again and again until the client has had enough."""
        with contextlib.suppress(OSError):
            while True:
                self._sock.sendall(data)

    def readline(self) -> bytes:
        """Return the next line without its end; empty when the client is gone."""
        while b"\n" not in self._pending:
            chunk = self._receive()
            if not chunk:
                self.gone = True
                return b""
            self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        self.line = line.rstrip(b"\r")
        return self.line

    def read(self, size: int) -> bytes:
        """Return exactly ``size`` bytes, or fewer when the client is gone."""
        while len(self._pending) < size and (chunk := self._receive()):
            self._pending += chunk
        data, self._pending = self._pending[:size], self._pending[size:]
        return data

    def wait_for_end(self) -> None:
        """Say nothing until the client gives up."""
        with contextlib.suppress(OSError):
            while self._receive():
                pass

    def _receive(self) -> bytes:
        chunk = self._sock.recv(4096)
        self._record.everything += chunk
        if not self.encrypted:
            self._record.in_clear += chunk
        if chunk:
            self._record.segments.append(chunk)
        return chunk

    def ends_within(self, seconds: float) -> bool:
        """Wait for the client to leave, and return whether it did."""
        self._sock.settimeout(seconds)
        try:
            return not self._sock.recv(4096)
        except TimeoutError:
            return False

    def start_tls(
        self,
        certificate: Issued,
        newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED,
        prepare: Callable[[ssl.SSLContext], None] = lambda _context: None,
    ) -> None:
        """Turn the connection into TLS, of the ``newest`` version at most; ``prepare`` may change the context."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = newest
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.load_cert_chain(certificate.chain, certificate.key)
        prepare(context)
        self._sock = context.wrap_socket(self._sock, server_side=True)
        self.encrypted = True

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(OSError):
            self._sock.close()

    def abandon(self) -> None:
        """End the connection although somebody may be waiting at it, and wake them."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """Close the connection with a reset."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()


class ScriptedServer:
    """Listens on a loopback port and hands each client to ``handler`` in a thread of its own."""

    def __init__(self, handler: Handler, bytewise: bool = False, port: int = 0, host: str = "127.0.0.1") -> None:
        self._handler = handler
        self._bytewise = bytewise
        self._listener = socket.create_server((host, port))
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._threads: list[threading.Thread] = []
        self._peers: list[Peer] = []
        # What each client has sent, in the order of their coming.
        self.records: list[Record] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def received(self) -> list[bytearray]:
        """What each client has sent, all of it."""
        return [record.everything for record in self.records]

    @property
    def connections(self) -> int:
        """How many clients have come."""
        return len(self.records)

    @property
    def idle(self) -> bool:
        """Whether all clients have been served to the end."""
        return all(record.ended for record in list(self.records))

    def sent(self, word: bytes) -> int:
        """Return how often ``word`` was received, over all connections, ignoring case."""
        return sum(bytes(received).upper().count(word.upper()) for received in self.received)

    def sent_in_clear(self, word: bytes) -> int:
        """Return how often ``word`` was received outside TLS."""
        return sum(bytes(record.in_clear).upper().count(word.upper()) for record in self.records)

    def __enter__(self) -> "ScriptedServer":
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(5)
        for peer in self._peers:
            peer.abandon()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                record = Record()
                self.records.append(record)
                peer = Peer(sock, record, self._bytewise)
                self._peers.append(peer)
                thread = threading.Thread(target=self._serve, args=(peer, record), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, peer: Peer, record: Record) -> None:
        # The client may leave whenever it likes; that is what is being tested.
        with contextlib.suppress(OSError):
            self._handler(peer)
        peer.close()
        record.ended = True


@dataclass(frozen=True)
class Script:
    """What a server says: at the beginning, and to each command, before and inside TLS.

    In an IMAP reply ``TAG`` stands for the client's tag. A reply that is a function gets the peer. ``certificate``
    with ``implicit`` means TLS from the first byte; without, STARTTLS begins it when the reply was a yes.
    """

    greeting: Reply
    replies: Mapping[str, Reply] = field(default_factory=dict)
    inside: Mapping[str, Reply] = field(default_factory=dict)
    certificate: Issued | None = None
    implicit: bool = False
    defaults: Mapping[str, Reply] = field(default_factory=dict)
    tagged: bool = False
    prepare: Callable[[ssl.SSLContext], None] = lambda _context: None

    def __call__(self, peer: Peer) -> None:
        """Serve one client."""
        if self.implicit:
            assert self.certificate
            peer.start_tls(self.certificate, prepare=self.prepare)
        _say(peer, self.greeting, b"")
        while line := peer.readline():
            words = line.split(b" ")
            tag, command = (words[0], b"".join(words[1:2])) if self.tagged else (b"", words[0])
            name = command.decode("latin-1").upper()
            reply = self._reply(peer, name)
            _say(peer, reply, tag)
            if name == "STARTTLS" and isinstance(reply, bytes) and self.certificate and b"go ahead" in reply:
                peer.start_tls(self.certificate, prepare=self.prepare)
            if name in {"LOGOUT", "QUIT"}:
                return

    def _reply(self, peer: Peer, name: str) -> Reply:
        table = {**self.defaults, **self.replies, **(self.inside if peer.encrypted else {})}
        return table.get(name, b"TAG BAD what?\r\n" if self.tagged else b"500 what?\r\n")


def imap(greeting: Reply = IMAP_GREETING, **options: object) -> Script:
    """Return the script of an IMAP server that lets everybody in, but for ``replies`` and ``inside``."""
    defaults = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nTAG OK done\r\n",
        "STARTTLS": b"TAG OK go ahead\r\n",
        "AUTHENTICATE": b"TAG OK welcome\r\n",
        "LOGIN": b"TAG OK welcome\r\n",
        "EXAMINE": b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\nTAG OK [READ-ONLY] done\r\n",
        "SELECT": b"* 3 EXISTS\r\nTAG OK [READ-WRITE] done\r\n",
        "LOGOUT": b"* BYE bye\r\nTAG OK done\r\n",
    }
    return Script(greeting, defaults=defaults, tagged=True, **options)  # type: ignore[arg-type]


def smtp(greeting: Reply = SMTP_GREETING, **options: object) -> Script:
    """Return the script of an SMTP server that takes everything, but for ``replies`` and ``inside``."""
    defaults = {
        "EHLO": b"250-mail.skrzynka.test\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN\r\n",
        "STARTTLS": b"220 go ahead\r\n",
        "AUTH": b"235 welcome\r\n",
        "MAIL": b"250 ok\r\n",
        "RCPT": b"250 ok\r\n",
        "DATA": taking(b"250 2.0.0 queued\r\n"),
        "RSET": b"250 ok\r\n",
        "QUIT": b"221 bye\r\n",
    }
    return Script(greeting, defaults=defaults, **options)  # type: ignore[arg-type]


def taking(reply: Reply, *, go_ahead: bytes = b"354 go ahead\r\n") -> Reply:
    """Return what takes a whole message after DATA and then answers with ``reply``."""

    def take(peer: Peer) -> None:
        peer.send(go_ahead)
        while (line := peer.readline()) != b"." and (line or not peer.gone):
            pass
        if line == b".":
            _say(peer, reply, b"")

    return take


@contextmanager
def serving(
    handler: Handler, *, bytewise: bool = False, port: int = 0, host: str = "127.0.0.1"
) -> Iterator[ScriptedServer]:
    """Run a server for the length of a ``with`` block, on a free port unless told."""
    with ScriptedServer(handler, bytewise, port, host) as server:
        yield server


def _say(peer: Peer, reply: Reply, tag: bytes) -> None:
    if callable(reply):
        reply(peer)
    else:
        peer.send(reply.replace(b"TAG", tag))

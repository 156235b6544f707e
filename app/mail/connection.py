"""One connection: bounded reading, and the step up to TLS."""

import contextlib
import socket
import ssl

from app.mail.awaited import Awaited
from app.mail.compression import Compression
from app.mail.deadline import Deadline
from app.mail.failures import StepFailed
from app.mail.greetings import Protocol, protocol_of
from app.mail.outcomes import Outcome
from app.mail.tls import Trust, detail_of, outcome_of
from app.mail.wire import CHUNK, Wire

LONGEST_LINE = 64 * 1024
LONGEST_REPLY = 1024 * 1024
GREETING_SECONDS = 10.0
TLS_SECONDS = 10.0
# How long a server that speaks plain text where TLS was expected may take to finish the line that tells which.
PLAIN_LINE_SECONDS = 1.0

# RFC 8446, 5.1: a record that answers a ClientHello is a handshake or an alert.
_TLS_FIRST_BYTES = (b"\x16", b"\x15")


class PlainText(Exception):
    """A server answered a TLS handshake with something else; ``readable`` if that was text of some kind."""

    def __init__(self, line: bytes) -> None:
        super().__init__("the server does not speak TLS here")
        self.protocol: Protocol = protocol_of(line)
        self.readable = line.isascii() and line.strip().decode("latin-1").isprintable()


class Connection(Wire):
    """A socket that cannot be read for too long or too much.

    imapclient and smtplib sit on top of it. Everything that goes wrong is raised as StepFailed, which neither of them
    catches. TLS runs in memory, so that every byte from the network passes through here first. After TLS was started,
    ``certificate`` is the server's, in DER; ``answered_tls`` says whether a hello was answered in TLS at all.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        super().__init__(sock, deadline)
        self._buffer = bytearray()
        self._budget = LONGEST_REPLY
        self._tls: ssl.SSLObject | None = None
        self._from_server = ssl.MemoryBIO()
        self._to_server = ssl.MemoryBIO()
        self._compression: Compression | None = None
        self.encrypted = False
        self.answered_tls = False
        self.certificate: bytes | None = None

    def sendall(self, data: bytes) -> None:
        """Send everything. Raises StepFailed. What was sent may be answered by a new reply."""
        self._budget = LONGEST_REPLY
        data = data if self._compression is None else self._compression.pack(data)
        if self._tls is None:
            self.send_raw(data)
            return
        try:
            self._tls.write(data)
        except ssl.SSLError as error:
            raise StepFailed(Outcome.TLS_FAILED) from error
        self._flush()

    def readline(self, limit: int = LONGEST_LINE) -> bytes:
        """Return a line that ends in CR LF, whichever of the two the server sent. Raises StepFailed."""
        end = self._buffer.find(b"\n")
        while end < 0 and len(self._buffer) < limit:
            # A long line that comes in small pieces is searched once, not once for each of them.
            searched = len(self._buffer)
            self._fill()
            end = self._buffer.find(b"\n", searched)
        if not 0 <= end < limit:
            raise StepFailed(Outcome.PROTOCOL_ERROR, detail="endless line")
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return line.rstrip(b"\r\n") + b"\r\n"

    def read(self, size: int) -> bytes:
        """Return exactly ``size`` bytes. Raises StepFailed; a size that is too large is refused before it is read."""
        if size > LONGEST_REPLY:
            raise StepFailed(Outcome.PROTOCOL_ERROR, detail="giant literal")
        while len(self._buffer) < size:
            self._fill()
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def read_some(self, most: int) -> bytes:
        """Return what has come, at least one byte and ``most`` at most. Raises StepFailed."""
        if not self._buffer:
            chunk = self._next_chunk()
            if len(chunk) <= most:
                return chunk
            self._buffer += chunk
        data = bytes(memoryview(self._buffer)[:most])
        del self._buffer[:most]
        return data

    def take_in(self, awaited: Awaited) -> bool:
        """Take in what has come, without waiting for more; return whether that is all that is awaited.

        Nothing is read in between. Raises StepFailed.
        """
        self.allow(0, Outcome.TIMEOUT_OP)
        try:
            self._fill()
            # The network will not tell of what has come already.
            while self._compression is not None and self._compression.waiting:
                self._fill()
        except StepFailed as failure:
            if failure.outcome is not Outcome.TIMEOUT_OP:
                raise
        return awaited.have_come(self._buffer)

    def renew(self, size: int = 0) -> None:
        """Let what follows be as long as one more reply, and ``size`` bytes on top of that."""
        self._budget = LONGEST_REPLY + size

    def receive(self) -> bytes:
        """Return what has come, at least something; empty at the end. Raises StepFailed."""
        if not self._buffer:
            try:
                self._fill()
            except StepFailed as failure:
                if failure.outcome is not Outcome.SERVER_CLOSED:
                    raise
        data = bytes(self._buffer)
        self._buffer.clear()
        return data

    def start_tls(self, host: str, trust: Trust, seconds: float = TLS_SECONDS) -> str:
        """Turn the connection into TLS and return its version. Raises StepFailed or PlainText.

        SNI and the certificate's name are judged by ``host`` as it was typed.
        """
        if self._buffer:
            raise StepFailed(Outcome.TLS_UNSAFE, detail="data before the handshake")
        self._budget = LONGEST_REPLY
        self.allow(seconds, Outcome.TIMEOUT_TLS)
        tls = trust.context.wrap_bio(self._from_server, self._to_server, server_hostname=host)
        try:
            self._shake_hands(tls)
        except ssl.SSLError as error:
            # Tells the server why; it may be gone already.
            with contextlib.suppress(StepFailed):
                self._flush()
            raise StepFailed(outcome_of(error), detail=detail_of(error)) from error
        self.certificate = tls.getpeercert(binary_form=True) or b""
        trust.judge(self.certificate)
        self._tls = tls
        self.encrypted = True
        return tls.version() or ""

    @property
    def is_compressed(self) -> bool:
        """Whether ``compress`` was called."""
        return self._compression is not None

    def compress(self) -> None:
        """Compress both ways from now on: the server has just said yes, and what follows that is compressed already."""
        self._compression = Compression(bytes(self._buffer))
        self._buffer.clear()

    def linger(self, seconds: float) -> None:
        """Read until the server closes, so that a farewell is not cut off by a reset; then close."""
        self.allow(seconds, Outcome.TIMEOUT_OP)
        with contextlib.suppress(StepFailed):
            while True:
                self._buffer.clear()
                self._fill()
        self.close()

    def _shake_hands(self, tls: ssl.SSLObject) -> None:
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                received = self._receive_handshake()
                if not self.answered_tls and not received.startswith(_TLS_FIRST_BYTES):
                    raise PlainText(self._first_line(received)) from None
                self.answered_tls = True
                self._from_server.write(received)
            else:
                self._flush()
                return

    def _receive_handshake(self) -> bytes:
        try:
            received = self._receive()
        except StepFailed as failure:
            closed = failure.outcome is Outcome.SERVER_CLOSED
            raise StepFailed(Outcome.TLS_FAILED if closed else failure.outcome) from failure
        if not received:
            raise StepFailed(Outcome.TLS_FAILED)
        return received

    def _first_line(self, line: bytes) -> bytes:
        self.allow(PLAIN_LINE_SECONDS, Outcome.TIMEOUT_TLS)
        with contextlib.suppress(StepFailed):
            while b"\n" not in line and len(line) < CHUNK:
                received = self.receive_raw()
                if not received:
                    break
                line += received
        # What follows may already answer our hello, which makes no text.
        return line.partition(b"\n")[0]

    def _fill(self) -> None:
        self._buffer += self._next_chunk()

    def _next_chunk(self) -> bytes:
        if self._compression is None:
            return self._next_plain_chunk()
        while not (chunk := self._compression.unpack()):
            self._compression.take(self._next_plain_chunk())
        # Counted on both sides: a little may become very much.
        self._budget -= len(chunk)
        if self._budget < 0:
            raise StepFailed(Outcome.TOO_MUCH_DATA)
        return chunk

    def _next_plain_chunk(self) -> bytes:
        chunk = self._receive() if self._tls is None else self._decrypt(self._tls)
        if not chunk:
            raise StepFailed(Outcome.SERVER_CLOSED)
        return chunk

    def _receive(self) -> bytes:
        # Counted as it comes from the network: inside TLS a server can also send records that hold no data at all.
        received = self.receive_raw()
        self._budget -= len(received)
        if self._budget < 0:
            raise StepFailed(Outcome.TOO_MUCH_DATA)
        return received

    def _decrypt(self, tls: ssl.SSLObject) -> bytes:
        while True:
            try:
                return self._all_decrypted(tls, tls.read(CHUNK))
            except ssl.SSLWantReadError:
                self._flush()
                received = self._receive()
                if not received:
                    return b""
                self._from_server.write(received)
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLError as error:
                raise StepFailed(Outcome.TLS_FAILED) from error

    def _all_decrypted(self, tls: ssl.SSLObject, first: bytes) -> bytes:
        # TLS gives out one record at a time; those that have come already are taken along.
        if not self._from_server.pending:
            return first
        records = [first]
        with contextlib.suppress(ssl.SSLError):
            while first and self._from_server.pending and (record := tls.read(CHUNK)):
                records.append(record)
        return b"".join(records)

    def _flush(self) -> None:
        self.send_raw(self._to_server.read())

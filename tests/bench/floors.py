"""The least that fetching could take: the same bytes, the same database, the same server, and nothing else done.

Nothing is parsed, judged or kept in order here. What is measured beside these says how much of a figure is ours.
"""

import hashlib
import queue
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from app.models.database import pooled_engine_for
from tests.bench.mailboxes import PASSWORD, READER, THREADS, USERS, Place

# As large as the batches of a fetch, of pieces as large as its messages are on average.
_BATCH = 8 * 1024 * 1024
_PIECE = 60 * 1024
_RECEIVED_AT_ONCE = 256 * 1024
_ITEMS = b"MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ"


def download(place: Place, port: int) -> None:
    """Read everything and throw it away."""
    for _received in _everything(place, port):
        pass


def download_and_store(place: Place, url: str) -> None:
    """Read everything, and put it into an empty database, hashed, in pieces, in a thread of its own."""
    engine = pooled_engine_for(url, 1)
    postgresql = engine.dialect.name == "postgresql"
    values = "SELECT * FROM unnest(%b::text[], %b::bytea[])" if postgresql else "VALUES (?, ?)"
    with engine.begin() as connection:
        data = "bytea" if postgresql else "blob"
        connection.exec_driver_sql(f"CREATE TABLE pieces (digest text PRIMARY KEY, data {data})")
        if postgresql:
            connection.exec_driver_sql("ALTER TABLE pieces ALTER COLUMN data SET STORAGE EXTERNAL")
    batches: queue.Queue[list[bytes]] = queue.Queue(maxsize=1)

    def store() -> None:
        while batch := batches.get():
            rows = [(hashlib.sha256(piece).hexdigest(), piece) for piece in batch]
            with engine.begin() as connection:
                what = tuple(map(list, zip(*rows, strict=True))) if postgresql else rows
                connection.exec_driver_sql(f"INSERT INTO pieces (digest, data) {values}", what)

    writer = threading.Thread(target=store)
    writer.start()
    batch: list[bytes] = []
    for piece in _pieces(_everything(place, place.port)):
        batch.append(piece)
        if len(batch) * _PIECE >= _BATCH:
            batches.put(batch)
            batch = []
    for rest in (batch, []):
        batches.put(rest)
    writer.join()
    engine.dispose()


def poll(place: Place) -> None:
    """Log in, ask about the inbox and leave, for all accounts, from threads."""
    context = ssl.create_default_context(cafile=place.ca_file)

    def ask(user: str) -> None:
        with _connected(place, place.port, context) as sock:
            _read_to(sock, b"* OK")
            for command in (b"LOGIN %s %s" % (user.encode(), PASSWORD.encode()), b"STATUS INBOX (%s)" % _ITEMS):
                sock.sendall(b"a %s\r\n" % command)
                _read_to(sock, b"a OK")
            sock.sendall(b"a LOGOUT\r\n")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(ask, USERS))


def _everything(place: Place, port: int) -> Iterator[bytes]:
    context = ssl.create_default_context(cafile=place.ca_file)
    with _connected(place, port, context) as sock:
        sock.sendall(f"a LOGIN {READER} {PASSWORD}\r\nb EXAMINE INBOX\r\n".encode())
        _read_to(sock, b"\r\nb OK")
        sock.sendall(b"c UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])\r\n")
        tail = b""
        while b"\r\nc OK" not in tail:
            received = sock.recv(_RECEIVED_AT_ONCE)
            assert received
            yield received
            tail = (tail + received)[-_RECEIVED_AT_ONCE:] if len(received) < 1000 else received


def _pieces(received: Iterator[bytes]) -> Iterator[bytes]:
    piece: list[bytes] = []
    for each in received:
        piece.append(each)
        if sum(map(len, piece)) >= _PIECE:
            yield b"".join(piece)
            piece.clear()
    yield b"".join(piece)


@contextmanager
def _connected(place: Place, port: int, context: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
    with socket.create_connection(("localhost", port)) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with context.wrap_socket(plain, server_hostname="localhost") as sock:
            yield sock


def _read_to(sock: ssl.SSLSocket, end: bytes) -> None:
    said = b""
    while end not in said:
        received = sock.recv(_RECEIVED_AT_ONCE)
        assert received
        said += received

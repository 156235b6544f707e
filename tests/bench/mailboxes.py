"""A server with mail in it, and databases to which it is fetched."""

import base64
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from app import accounts, clock, fetching
from app.accounts import AccountDetails
from app.fetching import Claim, Progress, Report, Tools, Work
from app.fetching.lines import Lines, open_line
from app.mail.dial import AllowRule, NetworkRules
from app.mail.settings import ConnectionSecurity
from app.models import Base, FetchState
from app.models.database import pooled_engine_for
from app.vault import Vault, generate_key
from tests.servers.ca import Authority
from tests.servers.dovecot import dovecot

T = TypeVar("T")
MESSAGES = int(os.environ.get("SKRZYNKA_BENCH_MESSAGES", "5000"))
ACCOUNTS = 200
THREADS = 16
PASSWORD = "good"
READER = "reader@skrzynka.test"
USERS = [f"user{number}@skrzynka.test" for number in range(ACCOUNTS)]
# 1.2 % of the messages are large.
LARGE_SHARE, LARGE_SIZES = 0.012, (1_000_000, 5_000_000)


@dataclass
class Place:
    """A server with mail, and where it is fetched to."""

    folder: Path
    port: int
    ca_file: str
    numbers: Iterator[int]

    @cached_property
    def rules(self) -> NetworkRules:
        allow = tuple(AllowRule.parse(each) for each in ("127.0.0.0/8:*", "[::1]:*"))
        return NetworkRules(allow=allow, ports=frozenset(range(1024, 65536)), ca_file=self.ca_file)

    def new_sqlite(self) -> str:
        return f"sqlite:///{self.folder}/fetched{next(self.numbers)}.db"


class Store:
    """A database with accounts, as the fetching process sees it."""

    def __init__(self, place: Place, url: str, users: list[str], port: int) -> None:
        self.engine: Engine = pooled_engine_for(url, THREADS + 2)
        Base.metadata.create_all(self.engine)
        self.vault = Vault({"k1": generate_key()})
        self.place = place
        with Session(self.engine) as session:
            for user in users:
                typed = _details(user, port)
                accounts.create(session, typed, submission=None, tested=None, vault=self.vault, now=clock.now())
            fetching.ensure(session, now=clock.now())
            session.commit()

    def transact(self, work: Callable[[Session], T]) -> T:
        with Session(self.engine) as session:
            done = work(session)
            session.commit()
            return done

    def works(self) -> list[Work]:
        """Take all accounts in hand."""

        def take(session: Session) -> list[Work]:
            now = clock.now()
            session.execute(update(FetchState).values(due_at=now))
            claims = fetching.claim_due(session, now=now, most=ACCOUNTS)
            return fetching.load(session, claims, self.vault, now=now)

        return self.transact(take)

    def fetch(self, work: Work, lines: Lines | None = None) -> Report:
        connect = lines.open if lines is not None else partial(open_line, rules=self.place.rules)
        tools = Tools(connect, self.transact, clock.now, random.random, Progress())
        return fetching.run(work, tools)

    def let_go(self, claims: list[Claim]) -> None:
        self.transact(lambda session: fetching.finish_unchanged(session, claims, now=clock.now()))


@contextmanager
def mailboxes() -> Iterator[Place]:
    """Start a server with mail, and stop it at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="skrzynka-fetching-")))
        folder.chmod(0o755)
        (folder / "ca").mkdir()
        authority = Authority(folder / "ca")
        users = [READER, *USERS]
        # A process for each session, as Dovecot comes.
        limits = "service imap {\n  process_limit = 500\n  service_count = 1\n}\n"
        # One process for many connections: with one for each, Dovecot's own limit is reached.
        limits += "service imap-login {\n  service_count = 0\n  client_limit = 1000\n  process_min_avail = 2\n}\n"
        limits += "mail_max_userip_connections = 100\n"
        server = stack.enter_context(
            dovecot(folder / "dovecot", authority.good(), dict.fromkeys(users, PASSWORD), limits)
        )
        _fill(folder / "dovecot" / "mail" / "reader")
        yield Place(folder, server.tls_port, str(authority.ca_file), count())


def _fill(maildir: Path) -> None:
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    for number, raw in enumerate(_messages()):
        name = f"{1_700_000_000 + number}.M{number}P1.host,S={len(raw)},W={len(raw)}:2,"
        (maildir / "cur" / name).write_bytes(raw)
    if os.getuid() == 0:
        for path in (maildir, *maildir.rglob("*")):
            shutil.chown(path, "mail", "mail")


def _messages() -> Iterator[bytes]:
    chance = random.Random(5000)
    for number in range(MESSAGES):
        large = chance.random() < LARGE_SHARE
        size = chance.randint(*LARGE_SIZES) if large else max(400, int(chance.lognormvariate(9.45, 1.0)))
        data = base64.encodebytes(chance.randbytes(size * 3 // 4)).replace(b"\n", b"\r\n")
        head = (
            f"From: Jan <jan{number}@firma.test>\r\nTo: anna@skrzynka.test\r\nMessage-ID: <{number}@firma.test>"
            f"\r\nSubject: =?utf-8?q?Za=C5=BC=C3=B3=C5=82=C4=87?= {number}\r\nDate: Mon, 02 Nov 2026 10:00:00 +0100\r\n"
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=xx\r\n\r\n"
            "--xx\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nDzień dobry\r\n"
            "--xx\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n"
        )
        yield head.encode() + data + b"--xx--\r\n"


def _details(user: str, port: int) -> AccountDetails:
    return AccountDetails(
        name=user,
        email=user,
        colour="#2f74d0",
        imap_host="localhost",
        imap_port=port,
        imap_security=ConnectionSecurity.TLS,
        imap_username=user,
        imap_password=PASSWORD,
        smtp_host="localhost",
        smtp_port=1,
        smtp_security=ConnectionSecurity.TLS,
    )

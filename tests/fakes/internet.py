"""A small internet on loopback: a name server, a web server on port 443, and mail servers at the usual ports.

Each lives at an address of its own below 127.0.0.0/8, so that tests can run side by side. Listening at those ports
takes root, as Postfix does.
"""

import itertools
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from app.autodiscovery.sources import Reach
from app.mail.rules import AllowRule, NetworkRules
from tests.fakes.dns import Answer, watched_name_server
from tests.fakes.mail_server import IMAP_GREETING, SMTP_GREETING, Handler, Peer, ScriptedServer
from tests.servers.ca import Authority, Issued

_numbers = itertools.count()

DATABASE = "database.test"


def config(domain: str, imap: str, smtp: str, *, port: int = 993, username: str = "%EMAILADDRESS%") -> bytes:
    """Return an autoconfig document."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="{domain}">
    <domain>{domain}</domain>
    <displayName>{domain}</displayName>
    <incomingServer type="imap">
      <hostname>{imap}</hostname><port>{port}</port><socketType>SSL</socketType>
      <authentication>password-cleartext</authentication><username>{username}</username>
    </incomingServer>
    <incomingServer type="imap">
      <hostname>{imap}</hostname><port>143</port><socketType>STARTTLS</socketType>
      <authentication>password-cleartext</authentication><username>{username}</username>
    </incomingServer>
    <outgoingServer type="smtp">
      <hostname>{smtp}</hostname><port>465</port><socketType>SSL</socketType>
      <authentication>password-cleartext</authentication><username>{username}</username>
    </outgoingServer>
  </emailProvider>
</clientConfig>
""".encode()


@dataclass
class Internet:
    """What there is in it; tests add to ``names`` and ``pages`` as they like, also while it is in use."""

    address: str
    certificate: Issued
    ca_file: str
    names: dict[tuple[str, str], Answer] = field(default_factory=dict)
    # (host, path) to an answer.
    pages: dict[tuple[str, str], Handler] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    questions: list[tuple[str, str]] = field(default_factory=list)
    resolver: tuple[str, int] = ("", 0)
    # Added to each answer of the name server, and to each of the two of the web server, as distance would.
    delay: float = 0.0

    @property
    def reach(self) -> Reach:
        """What a process in this internet may ask."""
        allow = (AllowRule.parse(f"{self.address}:*"), AllowRule.parse(f"{self.address}:443"))
        return Reach(NetworkRules(allow, ca_file=self.ca_file, resolver=self.resolver), f"https://{DATABASE}/v1.1/")

    @property
    def environment(self) -> dict[str, str]:
        """The same, as the settings of a process."""
        return {
            "SKRZYNKA_ALLOW": f"{self.address}:*,{self.address}:443",
            "SKRZYNKA_CA_FILE": self.ca_file,
            "SKRZYNKA_RESOLVER": "{}:{}".format(*self.resolver),
            "SKRZYNKA_ISPDB_URL": self.reach.ispdb_url,
        }

    def knows(self, *hosts: str) -> None:
        """Give each host this internet's address."""
        for host in hosts:
            self.names[host, "A"] = [self.address]

    def serves(self, host: str, path: str, answer: bytes | Handler) -> None:
        """Put a document, or something that answers, at an address."""
        self.knows(host)
        self.pages[host, path] = reply(answer) if isinstance(answer, bytes) else answer

    def provider(self, domain: str, document: bytes | Handler) -> None:
        """Have the provider of ``domain`` publish a document."""
        self.serves(f"autoconfig.{domain}", "/mail/config-v1.1.xml", document)

    def well_known(self, domain: str, document: bytes | Handler) -> None:
        """Have the domain's own web server publish a document."""
        self.serves(domain, "/.well-known/autoconfig/mail/config-v1.1.xml", document)

    def database(self, domain: str, document: bytes | Handler) -> None:
        """Put a document into the database."""
        self.serves(DATABASE, f"/v1.1/{domain}", document)

    def srv(self, domain: str, **services: str) -> None:
        """Give ``domain`` services: ``imaps="0 1 993 imap.x.test"``; their hosts are known too. "0 0 0 ." denies it."""
        for service, record in services.items():
            self.names[f"_{service}._tcp.{domain}", "SRV"] = [record]
            if not record.endswith(" ."):
                self.knows(record.split()[-1])

    def mx(self, domain: str, *records: str) -> None:
        """Give ``domain`` mail exchangers."""
        self.names[domain, "MX"] = list(records)

    @contextmanager
    def mail_server(self, port: int, host: str, *, certificate: Issued | None = None) -> Iterator[ScriptedServer]:
        """Run a mail server that greets, at the usual port for what it speaks."""
        self.knows(host)
        shown = certificate or self.certificate
        with ScriptedServer(_greeting(port, shown), port=port, host=self.address) as server:
            yield server

    def _answer(self, peer: Peer) -> None:
        time.sleep(self.delay)
        peer.start_tls(self.certificate)
        request = peer.readline().decode()
        if not request:
            return  # whoever came has thought better of it
        target = request.split(" ")[1]
        host = ""
        while line := peer.readline():
            name, _, value = line.partition(b":")
            host = value.strip().decode() if name.lower() == b"host" else host
        self.asked.append((host, target))
        time.sleep(self.delay)
        self.pages.get((host, target), status(404))(peer)


def reply(body: bytes, *headers: str, code: int = 200) -> Handler:
    """Return a handler that answers with a body."""
    head = "".join(f"{header}\r\n" for header in headers)
    return lambda peer: peer.send(
        f"HTTP/1.1 {code} whatever\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    )


def status(code: int, *headers: str) -> Handler:
    """Return a handler that answers with nothing but a status."""
    return reply(b"", *headers, code=code)


def redirect(url: str, code: int = 302) -> Handler:
    """Return a handler that leads elsewhere."""
    return status(code, f"Location: {url}")


def silence(peer: Peer) -> None:
    """Never answer."""
    peer.wait_for_end()


@contextmanager
def internet(authority: Authority, *, certified: tuple[str, ...] = ()) -> Iterator[Internet]:
    """Run an internet whose servers have good certificates for everything one or two labels below .test."""
    number = next(_numbers)
    address = f"127.{1 + os.getpid() % 250}.{1 + os.getpid() // 250 % 250}.{1 + number % 250}"
    certificate = authority.good("*.test", *_LIKELY, *certified)
    there = Internet(address, certificate, str(authority.ca_file))
    with ExitStack() as stack:
        names = stack.enter_context(watched_name_server(there.names, lambda: there.delay))
        there.resolver, there.questions = names.address, names.questions
        stack.enter_context(ScriptedServer(there._answer, port=443, host=address))
        yield there


# A star stands for one label only, and never for the one before "test".
_LIKELY = tuple(
    f"{label}{domain}.test"
    for domain in ("infirma", "hoster", "database", "other")
    for label in ("", "autoconfig.", "imap.", "smtp.", "mail.", "poczta.", "mx.")
)


def _greeting(port: int, certificate: Issued) -> Handler:
    def serve(peer: Peer) -> None:
        if port in (993, 465):
            peer.start_tls(certificate)
        (_imap if port in (993, 143) else _smtp)(peer, certificate)

    return serve


def _imap(peer: Peer, certificate: Issued) -> None:
    peer.send(IMAP_GREETING.replace(b"SASL-IR", b"SASL-IR STARTTLS"))
    while line := peer.readline():
        tag = line.split(b" ")[0]
        peer.send(tag + b" OK done\r\n")
        if line.upper().endswith(b"STARTTLS"):
            peer.start_tls(certificate)


def _smtp(peer: Peer, certificate: Issued) -> None:
    peer.send(SMTP_GREETING)
    while line := peer.readline():
        if line.upper().startswith(b"EHLO"):
            peer.send(b"250-mail.infirma.test\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n")
        else:
            peer.send(b"220 go ahead\r\n" if line.upper() == b"STARTTLS" else b"250 done\r\n")
            if line.upper() == b"STARTTLS":
                peer.start_tls(certificate)

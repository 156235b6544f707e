"""``make demo``: Skrzynka with a throw-away mailbox, for whoever has no mail account at hand, or no network.

Incoming mail is Dovecot's if it is installed, else the scripted server's of the tests; outgoing mail is the scripted
server's, which puts what is for the mailbox itself into it if Dovecot can take it. Everything listens on loopback only
and is gone after Ctrl-C.
"""

import os
import signal
import subprocess
import sys
import tempfile
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from smtplib import LMTP

import click

from tests.fakes.dns import name_server
from tests.fakes.mail_server import Peer, imap, serving, smtp
from tests.servers.ca import Authority, Issued
from tests.servers.dovecot import BINARY, delivery, dovecot
from tests.servers.ports import bindable, free_ports

ROOT = Path(__file__).resolve().parents[1]
HOST = "demo.test"
ADDRESS = f"anna@{HOST}"
PASSWORD = "demo-password"  # it opens nothing but this mailbox
WRONG_PASSWORD = "wrong-password"
# Debian has it in a package of its own.
TAKES_MAIL = Path("/usr/lib/dovecot/lmtp")


def main() -> int:
    """Run the demo until Ctrl-C and return its exit code."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="skrzynka-demo-")))
        # Dovecot's processes give up root and still have to come by.
        folder.chmod(0o755)
        environment = mailbox(stack, folder)
        server = subprocess.Popen(
            [str(Path(sys.executable).parent / "skrzynka"), "run"],
            cwd=ROOT,
            env=os.environ | environment,
        )
        # Ctrl-C reaches the server by itself, as it belongs to the same terminal; the mailbox waits for its end.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        return server.wait()


def mailbox(stack: ExitStack, folder: Path) -> dict[str, str]:
    """Start the mailbox, say how to reach it, and return the environment in which Skrzynka finds it."""
    (folder / "ca").mkdir()
    authority = Authority(folder / "ca")
    certificate = authority.good(HOST)
    imap_port, smtp_port = _ports()
    inbox = None
    if Path(BINARY).exists():
        extra = delivery("Sent") if TAKES_MAIL.exists() else ""
        incoming = dovecot(folder / "dovecot", certificate, {ADDRESS: PASSWORD}, extra, tls_port=imap_port)
        inbox = stack.enter_context(incoming).lmtp_socket if extra else None
    else:
        stack.enter_context(serving(_imap(certificate), port=imap_port))
    stack.enter_context(serving(_smtp(certificate, inbox), port=smtp_port))
    names = stack.enter_context(name_server({(HOST, "A"): ["127.0.0.1"], (HOST, "MX"): [f"10 {HOST}"]}))
    _introduce(imap_port, smtp_port)
    return {
        "SKRZYNKA_DATA": str(folder / "data"),
        "SKRZYNKA_DATABASE_URL": "",
        "SKRZYNKA_REDIS_URL": "",
        "SKRZYNKA_CA_FILE": str(authority.ca_file),
        "SKRZYNKA_RESOLVER": "{}:{}".format(*names),
        "SKRZYNKA_ALLOW": "127.0.0.0/8:*",
        "SKRZYNKA_PORTS": f"993,143,465,587,25,{imap_port},{smtp_port}",
    }


def _ports() -> tuple[int, int]:
    # On the usual ports the suggestions are right as they stand; not everybody may listen there.
    if bindable(993) and bindable(465):
        return 993, 465
    imap_port, smtp_port = free_ports(2)
    return imap_port, smtp_port


def _introduce(imap_port: int, smtp_port: int) -> None:
    click.echo("A throw-away mailbox for you to add as an account:")
    click.echo(f"  address         {ADDRESS}")
    click.echo(f"  good password   {PASSWORD}")
    click.echo(f"  wrong password  {WRONG_PASSWORD}   (or any other)")
    if (imap_port, smtp_port) == (993, 465):
        click.echo("  servers, ports  as the form suggests them")
    else:
        click.echo(f"  server          {HOST}, port {imap_port} for IMAP and {smtp_port} for SMTP, both with SSL/TLS")
    click.echo(
        f"  to send mail    to it: from the account itself, or to {ADDRESS} through 127.0.0.1, port {smtp_port},"
    )
    click.echo("                  with SSL/TLS and the login above; what is for others is taken and thrown away")
    click.echo()


def _imap(certificate: Issued) -> Callable[[Peer], None]:
    def login(peer: Peer) -> None:
        tag = peer.line.split(b" ")[0]
        peer.send(tag + (b" OK welcome\r\n" if _is_right(peer) else b" NO [AUTHENTICATIONFAILED] wrong password\r\n"))

    return imap(certificate=certificate, implicit=True, replies={"AUTHENTICATE": login})


def _smtp(certificate: Issued, inbox: Path | None) -> Callable[[Peer], None]:
    for_the_mailbox: set[Peer] = set()

    def login(peer: Peer) -> None:
        peer.send(b"235 2.7.0 welcome\r\n" if _is_right(peer) else b"535 5.7.8 wrong password\r\n")

    def begin(peer: Peer) -> None:
        for_the_mailbox.discard(peer)
        peer.send(b"250 2.1.0 ok\r\n")

    def recipient(peer: Peer) -> None:
        if ADDRESS.encode() in peer.line:
            for_the_mailbox.add(peer)
        peer.send(b"250 2.1.5 ok\r\n")

    def take(peer: Peer) -> None:
        peer.send(b"354 go ahead\r\n")
        lines = []
        while (line := peer.readline()) != b"." and not peer.gone:
            lines.append(line.removeprefix(b"."))
        if peer.gone:
            return
        if inbox is not None and peer in for_the_mailbox:
            with LMTP(str(inbox)) as line_to_dovecot:
                line_to_dovecot.sendmail(ADDRESS, [ADDRESS], b"\r\n".join(lines))
        peer.send(b"250 2.0.0 taken\r\n")

    replies = {"AUTH": login, "MAIL": begin, "RCPT": recipient, "DATA": take}
    return smtp(certificate=certificate, implicit=True, replies=replies)


def _is_right(peer: Peer) -> bool:
    """Judge SASL PLAIN with an initial response (RFC 4616)."""
    try:
        secret = b64decode(peer.line.split(b" ")[-1], validate=True)
    except NotBase64:
        return False
    return secret.split(b"\0")[1:] == [ADDRESS.encode(), PASSWORD.encode()]


if __name__ == "__main__":
    sys.exit(main())

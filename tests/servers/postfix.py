"""A real Postfix (3.7, as root) on free loopback ports, with its own configuration, queue and data.

Its master is started directly: `postfix start` spends three seconds on looking at a queue that was made just now.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.ca import Issued
from tests.servers.ports import free_ports
from tests.servers.waiting import listens, wait_until

MASTER = Path("/usr/lib/postfix/sbin/master")
REFUSED_SENDER = "refused@skrzynka.test"

MAIN = """
compatibility_level = 3.6
config_directory = {folder}/config
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
shlib_directory = /usr/lib/postfix
maillog_file = {folder}/log/postfix.log
maillog_file_prefixes = {folder}/log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.skrzynka.test
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
mynetworks =
default_transport = {transport}
smtpd_tls_chain_files = {key}, {certificate}
smtpd_tls_mandatory_protocols = >=TLSv1.2
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth_socket}
smtpd_sasl_auth_enable = {has_auth}
smtpd_sasl_security_options = noanonymous
smtpd_tls_auth_only = yes
# Says what it thinks of a sender at MAIL FROM, not at RCPT TO.
smtpd_delay_reject = no
smtpd_sender_restrictions = check_sender_access texthash:{folder}/config/senders
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_error_sleep_time = 0
message_size_limit = 41943040
"""

SERVICES = """
127.0.0.1:{tls_port}      inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
127.0.0.1:{starttls_port} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
127.0.0.1:{plain_port}    inet n - n - - smtpd -o smtpd_tls_security_level=none -o smtpd_tls_auth_only=no
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
proxymap  unix  -       -       n       -       -       proxymap
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
lmtp      unix  -       -       n       -       -       lmtp
anvil     unix  -       -       n       -       1       anvil
postlog   unix-dgram n  -       n       -       1       postlogd
"""

# What `postfix check` would make; the two that others write to belong to postdrop.
QUEUE = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace")
SHARED = ("public", "maildrop")


@dataclass(frozen=True, slots=True)
class Postfix:
    """A running server."""

    folder: Path
    tls_port: int
    starttls_port: int
    plain_port: int

    @property
    def ports(self) -> frozenset[int]:
        """All ports that it listens on."""
        return frozenset({self.tls_port, self.starttls_port, self.plain_port})

    @property
    def log(self) -> str:
        """Everything the server has logged."""
        return (self.folder / "log" / "postfix.log").read_text()


@contextmanager
def postfix(
    folder: Path, certificate: Issued, auth_socket: Path | None = None, deliver_to: Path | None = None
) -> Iterator[Postfix]:
    """Run Postfix in ``folder``; passwords are judged by the Dovecot behind ``auth_socket``. Stop it at the end.

    Mail goes to the LMTP server behind ``deliver_to``, else nowhere.
    """
    server = Postfix(folder, *free_ports(3))
    _lay_out(server, certificate, auth_socket, f"lmtp:unix:{deliver_to}" if deliver_to else "discard:")
    environment = {**os.environ, "MAIL_CONFIG": str(folder / "config")}
    # -d keeps it in the foreground; a group of its own makes its children easy to stop.
    process = subprocess.Popen(
        [MASTER, "-d", "-c", folder / "config"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until(lambda: process.poll() is not None or listens(server.tls_port), "Postfix's start")
        if process.poll() is not None:
            raise AssertionError("Postfix did not start; it has to be run by root")
        yield server
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=10)


def _lay_out(server: Postfix, certificate: Issued, auth_socket: Path | None, transport: str) -> None:
    folder = server.folder
    for name in ("config", "data", "log", *(f"queue/{name}" for name in (*QUEUE, *SHARED, "pid"))):
        (folder / name).mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    shutil.chown(folder / "data", "postfix")
    for name in (*QUEUE, *SHARED):
        shutil.chown(folder / "queue" / name, "postfix", "postdrop" if name in SHARED else None)
    config = folder / "config"
    (config / "senders").write_text(f"{REFUSED_SENDER} REJECT This sender is not yours\n")
    (config / "main.cf").write_text(
        MAIN.format(
            folder=folder,
            certificate=certificate.chain,
            key=certificate.key,
            auth_socket=auth_socket or "none",
            transport=transport,
            has_auth="no" if auth_socket is None else "yes",
        )
    )
    (config / "master.cf").write_text(
        SERVICES.format(
            tls_port=server.tls_port, starttls_port=server.starttls_port, plain_port=server.plain_port
        ).lstrip()
    )

"""A real Dovecot on free loopback ports, stopped with the test session; no root needed, but used when there is one."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.ca import Issued
from tests.servers.ports import free_ports
from tests.servers.waiting import listens, wait_until

# Debian puts it where only root's PATH looks.
BINARY = shutil.which("dovecot") or "/usr/sbin/dovecot"

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
default_vsz_limit = 256M
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = yes
auth_mechanisms = plain login
# UTF-8 in user names.
auth_username_chars =
auth_failure_delay = 0
mail_location = maildir:{folder}/mail/%n
# Nobody reads them after the power has failed.
mail_fsync = never
mail_uid = {user}
mail_gid = {user_group}
first_valid_uid = 0
first_valid_gid = 0
mailbox_list_index = no
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/passwd
}}
userdb {{
  driver = static
  args = uid={user} gid={user_group} home={folder}/mail/%n
}}
# Processes for many connections: Dovecot would load one anew for each.
service imap {{
  service_count = 100
}}
service imap-login {{
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {starttls_port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
  chroot =
}}
# Without it one failed login delays the next by seconds.
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener {folder}/run/postfix-auth {{
    mode = 0666
  }}
}}
{extra}
"""

# Dovecot takes loopback for a secure line, so a plain port that refuses passwords has to be reached as another host.
PLAIN_ALLOWED = "disable_plaintext_auth = no\n"

# Takes mail by LMTP, and marks a folder with a Polish name as the one for sent mail.
DELIVERY = """
protocols = imap lmtp
service lmtp {{
  unix_listener lmtp {{
    mode = 0666
  }}
}}
namespace inbox {{
  inbox = yes
  mailbox "{sent}" {{
    auto = create
    {special_use}
  }}
}}
"""


def delivery(sent: str = "Wysłane", *, marked: bool = True) -> str:
    """Return the configuration of a server that takes mail and has a folder for sent mail."""
    return DELIVERY.format(sent=sent, special_use="special_use = \\Sent" if marked else "")


@dataclass(frozen=True, slots=True)
class Dovecot:
    """A running server."""

    folder: Path
    tls_port: int
    starttls_port: int

    @property
    def auth_socket(self) -> Path:
        """Where Postfix asks whether a password is right."""
        return self.folder / "run" / "postfix-auth"

    @property
    def lmtp_socket(self) -> Path:
        """Where mail is delivered, if the server takes any."""
        return self.folder / "run" / "lmtp"

    @property
    def log(self) -> str:
        """Everything the server has logged."""
        log = self.folder / "dovecot.log"
        return log.read_text() if log.exists() else ""


@contextmanager
def dovecot(
    folder: Path, certificate: Issued, users: dict[str, str], extra: str = "", *, tls_port: int | None = None
) -> Iterator[Dovecot]:
    """Run Dovecot in ``folder`` with ``users`` (name to password), on free ports unless told; stop it at the end."""
    free_port, starttls_port = free_ports(2)
    tls_port = tls_port or free_port
    server = Dovecot(folder, tls_port, starttls_port)
    for name in ("run", "mail"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "passwd").write_text("".join(f"{name}:{{PLAIN}}{password}\n" for name, password in users.items()))
    config = folder / "dovecot.conf"
    config.write_text(_config(server, certificate, extra))
    if os.getuid() == 0:
        # Its processes give up root and still have to come by.
        for path in (folder, *folder.parents):
            if path.stat().st_uid == 0 and path != Path("/"):
                path.chmod(path.stat().st_mode | 0o055)
        shutil.chown(folder / "mail", "mail", "mail")
    process = subprocess.Popen([BINARY, "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: process.poll() is not None or listens(starttls_port), "Dovecot's start")
        if process.poll() is not None:
            said = process.stderr.read().decode() if process.stderr else ""
            raise AssertionError(f"Dovecot did not start: {said}{server.log}")
        yield server
    finally:
        process.terminate()
        process.wait(timeout=10)
        if process.stderr:
            process.stderr.close()


def _config(server: Dovecot, certificate: Issued, extra: str) -> str:
    root = os.getuid() == 0
    me = pwd.getpwuid(os.getuid())
    own_group = str(me.pw_gid)
    return CONFIG.format(
        folder=server.folder,
        certificate=certificate.chain,
        key=certificate.key,
        internal="dovecot" if root else me.pw_name,
        login="dovenull" if root else me.pw_name,
        group="dovecot" if root else own_group,
        user="mail" if root else me.pw_name,
        user_group="mail" if root else own_group,
        tls_port=server.tls_port,
        starttls_port=server.starttls_port,
        extra=extra,
    )

"""What is measured: web server, worker, Redis and database, with real mail servers, in folders of their own."""

import http.client
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode, urlsplit

from sqlalchemy.orm import Session

from app.accounts import AccountDetails
from app.config import Config
from app.mail.dial import MOST_DIALS, NetworkRules
from app.mail.settings import ConnectionSecurity, ServerSettings, Side
from app.models import migrations
from app.models.database import engine_for
from app.models.installation import confirm_keys
from tests import cast
from tests.cast import MEMBER
from tests.fakes.dns import name_server
from tests.fakes.slow_link import slow_links
from tests.servers.ca import Authority
from tests.servers.dovecot import dovecot
from tests.servers.ports import free_ports
from tests.servers.postfix import postfix
from tests.servers.redis import redis_server
from tests.servers.waiting import listens, wait_until

ROOT = Path(__file__).resolve().parents[2]
EMAIL, PASSWORD, HOST = "anna@skrzynka.test", "good password", "mail.skrzynka.test"
# A name with as many addresses as are ever dialled.
WIDE_HOST = "wide.skrzynka.test"
WIDE_ADDRESSES = [f"127.0.0.{number}" for number in range(1, MOST_DIALS + 1)]


@dataclass
class Client:
    """A browser's requests over one kept connection, with its cookies."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port)

    def ask(self, path: str, fields: Mapping[str, str] | None = None, *, htmx: bool = False) -> tuple[int, str, str]:
        """Return status, location and body."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers |= {"HX-Request": "true", "HX-Request-Type": "partial"} if htmx else {}
        body = None
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(fields)
        self.connection.request("GET" if fields is None else "POST", path, body, headers)
        answer = self.connection.getresponse()
        for cookie in answer.msg.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.getheader("Location") or "", answer.read().decode()

    def token(self, path: str) -> str:
        """Return the token against cross-site requests that stands in a page."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.ask(path)[2])
        assert found is not None
        return found.group(1)

    def sign_in(self) -> None:
        """Sign in as the member."""
        fields = {"csrf_token": self.token("/sign-in"), "email": MEMBER.email, "password": MEMBER.password}
        status, *_ = self.ask("/sign-in", fields)
        assert status == 303

    def press(self, typed: Mapping[str, str], token: str) -> str:
        """Send a form that was just opened to be tested, and return where its test is."""
        more = {"csrf_token": token, "submission": secrets.token_urlsafe(16), "suggested": "{}"}
        status, location, _ = self.ask("/connection-tests/", {**typed, **more}, htmx=True)
        assert status == 303
        return location


def test_at(location: str) -> str:
    """Return the id of the test that is shown there."""
    return urlsplit(location).path.rpartition("/")[2]


@dataclass(frozen=True)
class House:
    """Everything running.

    ``far`` leads to the same servers over lines of 50 ms. Nobody listens on ``spare_port``, which may be dialled.
    """

    port: int
    config: Config
    network: NetworkRules
    imap_port: int
    smtp_port: int
    far: Mapping[tuple[Side, ConnectionSecurity], int]
    spare_port: int
    worker: subprocess.Popen[bytes]

    @property
    def worker_pid(self) -> int:
        """The one worker that runs any job: the other one takes only what somebody waits for at a form."""
        path = Path(f"/proc/{self.worker.pid}/task/{self.worker.pid}/children")
        return int(path.read_text().split()[-1])

    def far_server(self, side: Side, security: ConnectionSecurity) -> ServerSettings:
        """Return what works over a line of 50 ms."""
        return ServerSettings(HOST, self.far[side, security], security, EMAIL, PASSWORD, sender=EMAIL)

    def details(self, email: str = EMAIL) -> AccountDetails:
        """Return an account that works, for the core."""
        return cast.details(
            email=email,
            imap_host=HOST,
            imap_port=self.imap_port,
            imap_username=EMAIL,
            imap_password=PASSWORD,
            smtp_host=HOST,
            smtp_port=self.smtp_port,
        )

    def typed(self) -> dict[str, str]:
        """Return the fields of a new account that works.

        Both sides are tried each time: where both have passed a moment ago, the person wants to see both again.
        """
        return {
            "name": "Biuro",
            "email": EMAIL,
            "colour": "#2f74d0",
            "imap-host": HOST,
            "imap-port": str(self.imap_port),
            "imap-security": "tls",
            "imap-username": EMAIL,
            "imap-password": PASSWORD,
            "smtp-host": HOST,
            "smtp-port": str(self.smtp_port),
            "smtp-security": "tls",
            "smtp-auth": "y",
            "smtp-same-credentials": "y",
        }


@contextmanager
def house() -> Iterator[House]:
    """Start everything, and stop it at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="skrzynka-bench-")))
        folder.chmod(0o755)
        (folder / "ca").mkdir()
        authority = Authority(folder / "ca")
        certificate = authority.good()
        imap = stack.enter_context(dovecot(folder / "dovecot", certificate, {EMAIL: PASSWORD}))
        smtp = stack.enter_context(postfix(folder / "postfix", certificate, imap.auth_socket))
        names = stack.enter_context(name_server({(HOST, "A"): ["127.0.0.1"], (WIDE_HOST, "A"): WIDE_ADDRESSES}))
        near = {
            (Side.IMAP, ConnectionSecurity.TLS): imap.tls_port,
            (Side.IMAP, ConnectionSecurity.STARTTLS): imap.starttls_port,
            (Side.SMTP, ConnectionSecurity.TLS): smtp.tls_port,
            (Side.SMTP, ConnectionSecurity.STARTTLS): smtp.starttls_port,
        }
        spare_port, *far_ports = free_ports(1 + len(near))
        stack.enter_context(slow_links(dict(zip(far_ports, near.values(), strict=True))))
        ports = [*near.values(), *far_ports, spare_port, 1]
        redis = stack.enter_context(redis_server())
        environment = os.environ | {
            "SKRZYNKA_DATA": str(folder / "data"),
            "SKRZYNKA_DATABASE_URL": "",
            "SKRZYNKA_REDIS_URL": redis.url,
            "SKRZYNKA_ALLOW": "127.0.0.0/8:*",
            "SKRZYNKA_PORTS": ",".join(str(port) for port in ports),
            "SKRZYNKA_CA_FILE": str(authority.ca_file),
            "SKRZYNKA_RESOLVER": "{}:{}".format(*names),
        }
        config = Config.from_environment(environment)
        migrations.upgrade(config.database_url)
        with Session(engine_for(config.database_url)) as session:
            confirm_keys(session, config.vault)
            MEMBER.join(session)
        (port,) = free_ports(1)
        bin_folder = Path(sys.executable).parent
        gunicorn = [str(bin_folder / "gunicorn"), "-c", "python:app.cli.web_server", "-b", f"127.0.0.1:{port}"]
        commands = (
            [*gunicorn, "tests.bench.wsgi:app"],
            [sys.executable, "-m", "app.worker", "--processes", "2", "--without-fetching"],
        )
        # A line for each test would bury the table.
        log = stack.enter_context((folder / "log").open("w"))
        processes = [subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log) for command in commands]
        for process in processes:
            stack.callback(process.wait)
            stack.callback(process.terminate)
        wait_until(lambda: listens(port), "the web server's start")
        yield House(
            port=port,
            config=config,
            network=config.network,
            imap_port=imap.tls_port,
            smtp_port=smtp.tls_port,
            far=dict(zip(near, far_ports, strict=True)),
            spare_port=spare_port,
            worker=processes[1],
        )

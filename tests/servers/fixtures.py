"""Real servers for the whole session, started when the first test asks for them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.mail.dial import AllowRule, NetworkRules
from tests.fakes.dns import name_server
from tests.servers.ca import Authority, Issued
from tests.servers.dovecot import PLAIN_ALLOWED, Dovecot, delivery, dovecot
from tests.servers.postfix import Postfix, postfix

USER = "anna@skrzynka.test"
OTHER_USER = "jan@skrzynka.test"
PASSWORD = "zażółć gęślą jaźń"

# Certificates that Dovecot shows to whoever asks for their host.
FLAWS = (
    "expired",
    "not_yet_valid",
    "self_signed",
    "wrong_host",
    "unknown_issuer",
    "incomplete_chain",
    "complete_chain",
)


def host_of(flaw: str) -> str:
    """Return the name at which Dovecot shows the certificate with this flaw."""
    return f"{flaw.replace('_', '-')}.skrzynka.test"


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder that servers can reach after they have given up root; pytest's own is closed to them."""
    with tempfile.TemporaryDirectory(prefix="skrzynka-servers-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="session")
def authority(server_folder: Path) -> Authority:
    """The certificate authority that the tests trust."""
    folder = server_folder / "ca"
    folder.mkdir()
    return Authority(folder)


@pytest.fixture(scope="session")
def certificate(authority: Authority) -> Issued:
    """A certificate that passes every check, for localhost, 127.0.0.1 and everything below skrzynka.test."""
    return authority.good()


@pytest.fixture(scope="session")
def flawed(authority: Authority) -> dict[str, Issued]:
    """A certificate for each flaw, by its name."""
    return {flaw: getattr(authority, flaw)() for flaw in FLAWS}


@pytest.fixture(scope="session")
def dovecot_server(server_folder: Path, certificate: Issued, flawed: dict[str, Issued]) -> Iterator[Dovecot]:
    """Dovecot with one user; it shows the flawed certificates by name."""
    names = "".join(
        f"local_name {host_of(flaw)} {{\n  ssl_cert = <{issued.chain}\n  ssl_key = <{issued.key}\n}}\n"
        for flaw, issued in flawed.items()
    )
    with dovecot(server_folder / "dovecot", certificate, {USER: PASSWORD}, names) as server:
        yield server


@pytest.fixture(scope="session")
def plain_dovecot_server(server_folder: Path, certificate: Issued) -> Iterator[Dovecot]:
    """Dovecot that knows no TLS on its plain port and takes passwords there."""
    with dovecot(server_folder / "plain", certificate, {USER: PASSWORD}, f"ssl = no\n{PLAIN_ALLOWED}") as server:
        yield server


@pytest.fixture(scope="session")
def postfix_server(server_folder: Path, certificate: Issued, dovecot_server: Dovecot) -> Iterator[Postfix]:
    """Postfix that lets Dovecot's user in."""
    with postfix(server_folder / "postfix", certificate, dovecot_server.auth_socket) as server:
        yield server


@pytest.fixture(scope="session")
def receiving_dovecot(server_folder: Path, certificate: Issued) -> Iterator[Dovecot]:
    """Dovecot that takes mail for two people, and has a folder for sent mail."""
    folder = server_folder / "receiving"
    users = {USER: PASSWORD, OTHER_USER: PASSWORD}
    with dovecot(folder, certificate, users, delivery()) as server:
        yield server


@pytest.fixture(scope="session")
def delivering_postfix(server_folder: Path, certificate: Issued, receiving_dovecot: Dovecot) -> Iterator[Postfix]:
    """Postfix that delivers what it takes into those mailboxes."""
    auth, to = receiving_dovecot.auth_socket, receiving_dovecot.lmtp_socket
    with postfix(server_folder / "delivering", certificate, auth, deliver_to=to) as server:
        yield server


@pytest.fixture(scope="session")
def loopback_names() -> Iterator[tuple[str, int]]:
    """A name server that knows the names of the test servers."""
    names = [*(host_of(flaw) for flaw in FLAWS), "mail.skrzynka.test", "stranger.test"]
    with name_server({(name, "A"): ["127.0.0.1"] for name in names}) as address:
        yield address


@pytest.fixture(scope="session")
def network(authority: Authority, loopback_names: tuple[str, int]) -> NetworkRules:
    """Rules that open loopback, on all ports that tests use, and trust the tests' authority."""
    return NetworkRules(
        allow=(AllowRule.parse("127.0.0.0/8:*"), AllowRule.parse("[::1]:*")),
        # Servers listen on whatever port is free.
        ports=frozenset(range(1024, 65536)),
        ca_file=str(authority.ca_file),
        resolver=loopback_names,
    )

"""``skrzynka providers check`` against real servers, and against what is no longer there."""

import contextlib
import re
import threading
from pathlib import Path

import pytest

from app.mail.rules import NetworkRules
from tests.fakes.mail_server import Peer, imap, serving
from tests.integration.cli.conftest import one_line, run
from tests.servers.ca import Authority, Issued
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import host_of
from tests.servers.ports import free_ports
from tests.servers.postfix import Postfix

PAGE = 'documentation = "https://pomoc.poczta.example/"'


@pytest.fixture
def environment(network: NetworkRules, authority: Authority) -> dict[str, str]:
    assert network.resolver is not None
    host, port = network.resolver
    return {
        "SKRZYNKA_ALLOW": "127.0.0.0/8:*,[::1]:*",
        "SKRZYNKA_CA_FILE": str(authority.ca_file),
        "SKRZYNKA_RESOLVER": f"{host}:{port}",
    }


@pytest.fixture
def check(environment: dict[str, str], tmp_path: Path):
    """Write the entries into a file and check them, where the ports that they name may be dialled."""

    def check(*entries: str):
        path = tmp_path / "providers.toml"
        path.write_text("\n".join(entries), encoding="utf-8")
        ports = ",".join(sorted({port for text in entries for port in re.findall(r" (\d+) [a-z]", text)}))
        more = {"SKRZYNKA_PORTS": ports} if ports else {}
        return run(environment, "providers", "check", "--file", str(path), **more)

    return check


def entry(name: str, imap_server: str, smtp_server: str) -> str:
    servers = f'imap = ["{imap_server}"]\nsmtp = ["{smtp_server}"]'
    return f'[[provider]]\nname = "{name}"\n{PAGE}\nmx = ["{name.lower()}.example"]\n{servers}\n'


@pytest.fixture
def good(dovecot_server: Dovecot, postfix_server: Postfix) -> tuple[str, str]:
    """Servers that are there."""
    return f"localhost {dovecot_server.tls_port} tls", f"localhost {postfix_server.starttls_port} starttls"


def test_servers_that_answer_are_one_line_and_exit_0(check, good):
    done = check(entry("Dobra", *good), entry("Druga", *good))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "ok   Dobra: 2 servers answer\nok   Druga: 2 servers answer\n"


def test_what_is_no_longer_there_is_named_and_exit_1(check, good, dovecot_server: Dovecot):
    (nobody,) = free_ports(1)
    port = dovecot_server.tls_port
    done = check(
        entry("Zamknięta", f"localhost {nobody} tls", good[1]).replace("zamknięta", "zamknieta"),
        entry("Dobra", *good),
        entry("Bezimienna", f"gone.skrzynka.test {port} tls", good[1]),
        entry("Stara", f"{host_of('expired')} {port} tls", good[1]),
        entry("Inna", good[0], f"localhost {port} tls"),
    )
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"BAD  Zamknięta: imap localhost:{nobody} (tls) does not answer",
        "ok   Dobra: 2 servers answer",
        f"BAD  Bezimienna: imap gone.skrzynka.test:{port} (tls) has no address",
        f"BAD  Stara: imap {host_of('expired')}:{port} (tls) has a certificate that cannot be trusted",
        f"BAD  Inna: smtp localhost:{port} (tls) does not answer",
    ]


def test_where_nobody_answers_the_network_is_suspected(check):
    closed, shut = free_ports(2)
    servers = (f"localhost {closed} tls", f"gone.skrzynka.test {shut} tls")
    done = check(entry("Jedna", *servers), entry("Druga", *servers))
    assert one_line(done) == "skrzynka: Not one server answered: probably the network of this machine is at fault."
    assert [line[:11] for line in done.stdout.splitlines()] == ["BAD  Jedna:", "BAD  Druga:"]


def test_whoever_shows_a_doubtful_certificate_has_answered(check, dovecot_server: Dovecot):
    done = check(entry("Stara", f"{host_of('expired')} {dovecot_server.tls_port} tls", "{mx} 465 tls"))
    assert (done.returncode, done.stderr) == (1, "")


def test_what_has_another_name_for_each_customer_is_not_asked(check):
    closed = f'[[provider]]\nname = "Twierdza"\n{PAGE}\ndomains = ["twierdza.example"]\ntexts = ["no_imap"]\n'
    done = check(entry("Hoster", "{mx} 993 tls", "mail.{domain} 465 tls"), closed)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "--   Hoster: no server that is the same for everybody",
        "--   Twierdza: no server that is the same for everybody",
    ]


def test_nobody_logs_in_and_each_server_is_greeted_once(check, certificate: Issued):
    with serving(imap(certificate=certificate, implicit=True)) as server:
        door = f"localhost {server.port} tls"
        done = check(*(entry(name, door, "{mx} 465 tls") for name in ("Jeden", "Dwa", "Trzy")))
        assert done.returncode == 0, done.stdout
        assert server.connections == 1
        for word in (b"LOGIN", b"AUTHENTICATE", b"AUTH"):
            assert not server.sent(word)


def test_several_are_asked_at_the_same_time(check):
    everybody_is_there = threading.Barrier(6)

    def together(peer: Peer) -> None:
        everybody_is_there.wait(8)
        imap()(peer)

    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(serving(together)) for _ in range(6)]
        doors = [f"localhost {server.port} none" for server in servers]
        done = check(*(entry(f"Nr{number}", door, "{mx} 465 tls") for number, door in enumerate(doors)))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("text", ["", "not toml [", '[[provider]]\nname = "x"\n', "[[provider]]\nunknown = 1\n"])
def test_a_file_that_cannot_be_used_is_exit_2_with_one_line(environment, tmp_path, text):
    path = tmp_path / "providers.toml"
    path.write_text(text)
    done = run(environment, "providers", "check", "--file", str(path))
    assert "cannot be used" in one_line(done, 2)
    assert done.stdout == ""


def test_a_file_that_is_not_there_is_exit_2_with_one_line(environment, tmp_path):
    done = run(environment, "providers", "check", "--file", str(tmp_path / "none.toml"))
    assert "cannot be read" in one_line(done, 2)

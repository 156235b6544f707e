"""``skrzynka fetch`` as an operator types it."""

import base64
import json
import os
import pty
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from app import fetching
from app.fetching import settling
from app.models import Account, FetchState
from app.models.installation import confirm_keys
from tests.fakes.mail_server import imap, serving
from tests.integration.fetching.conftest import Collector
from tests.integration.fetching.mailbox import letter, mailbox, put
from tests.servers import commands
from tests.servers.waiting import wait_until

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def client(dovecot_server, authority):
    with mailbox(dovecot_server.tls_port, str(authority.ca_file)) as opened:
        yield opened


@pytest.fixture
def environment(collector: Collector, authority, dovecot_server, tmp_path: Path) -> dict[str, str]:
    confirm_keys(collector.session, collector.vault)
    collector.session.commit()
    return {
        "SKRZYNKA_DATA": str(tmp_path / "data"),
        "SKRZYNKA_DATABASE_URL": collector.url,
        "SKRZYNKA_KEYS": f"k1={base64.b64encode(collector.vault.keys['k1']).decode()}",
        "SKRZYNKA_ALLOW": "127.0.0.0/8:*,[::1]:*",
        "SKRZYNKA_PORTS": str(dovecot_server.tls_port),
        "SKRZYNKA_CA_FILE": str(authority.ca_file),
    }


@pytest.fixture
def skrzynka(environment) -> Command:
    def run(*arguments: object, **options: int) -> subprocess.CompletedProcess[str]:
        return commands.run(environment, "fetch", *map(str, arguments), **options)

    return run


def test_each_account_gives_a_line(collector: Collector, client, dovecot_server, skrzynka: Command):
    put(client, "one", "two")
    good = collector.account(dovecot_server.tls_port, "tls")
    bad = collector.account(dovecot_server.tls_port, "tls", email="bad@skrzynka.test", imap_password="wrong")
    off = collector.account(dovecot_server.tls_port, "tls", email="off@skrzynka.test", active=False)
    done = skrzynka("--all")
    assert (done.returncode, done.stderr) == (1, "")
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first.pop("ms") > 0
    size = len(letter("one")) + len(letter("two"))
    assert first == {"account": good.id, "outcome": "ok", "new": 2, "bytes": size}
    assert (second["account"], second["outcome"], second["new"]) == (bad.id, "auth_failed", 0)

    paused = collector.account(dovecot_server.tls_port, "tls", email="paused@skrzynka.test")
    fetching.pause(collector.session, collector.session.get_one(Account, paused.id), now=collector.now)
    collector.session.commit()
    # Another place of the same message is nothing new, here as on the pages.
    client.copy(client.search(["SUBJECT", "one"]), "INBOX")
    done = skrzynka(good.id, good.id)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)
    told = json.loads(done.stdout)
    assert (told["new"], told["bytes"], collector.subjects(good)["one"]) == (0, 0, 2)
    for arguments, word in [
        ((), "say which accounts to fetch, or --all."),
        ((99,), "no account 99"),
        ((off.id,), "switched off"),
        ((paused.id,), "is paused"),
        ((1, "--all"), "not both"),
    ]:
        done = skrzynka(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert word in done.stderr
        assert done.stderr.count("\n") == 1


def test_on_a_terminal_it_shows_how_far_it_is(collector: Collector, client, dovecot_server, skrzynka: Command):
    put(client, "one", "two")
    account = collector.account(dovecot_server.tls_port, "tls")
    terminal, other_end = pty.openpty()
    done = skrzynka(account.id, stderr=other_end)
    os.close(other_end)
    shown = os.read(terminal, 10_000).decode()
    os.close(terminal)
    assert done.returncode == 0
    assert f"[{'#' * 30}]  2/2" in shown
    assert "\x1b[K" in shown


def outcomes(done: subprocess.CompletedProcess[str]) -> dict[int, str]:
    return {line["account"]: line["outcome"] for line in map(json.loads, done.stdout.splitlines())}


def test_an_account_in_another_hand_is_left_alone(collector: Collector, dovecot_server, skrzynka: Command):
    account = collector.account(dovecot_server.tls_port, "tls")
    collector.claim(account)
    refused_twice = update(FetchState).values(refusals=2)
    collector.transact(lambda session: session.execute(refused_twice))
    done = skrzynka(account.id)
    assert (done.returncode, done.stderr) == (1, "")
    assert outcomes(done) == {account.id: "in_other_hands"}
    assert collector.state(account).refusals == 2


def test_all_of_them_leaves_alone_what_waits_for_a_person(collector: Collector, client, dovecot_server, skrzynka):
    put(client, "one")
    port = dovecot_server.tls_port
    held, paused, moved, good = (
        collector.account(port, "tls", email=f"{name}@skrzynka.test") for name in ("held", "paused", "moved", "good")
    )
    claim = collector.claim(held)
    for _ in range(3):
        collector.transact(
            lambda session: settling.record_failure(session, claim, "auth_failed", None, now=collector.now, chance=0.5)
        )
    fetching.pause(collector.session, collector.session.get_one(Account, paused.id), now=collector.now)
    collector.session.commit()
    collector.fetch(moved)
    moved.imap_host = "127.0.0.1"
    collector.session.commit()
    done = skrzynka("--all")
    told = {held.id: "auth_failed", paused.id: "paused", moved.id: "another_mailbox", good.id: "ok"}
    assert outcomes(done) == told
    assert (done.returncode, done.stderr) == (1, "")
    assert collector.state(held).held_at is not None
    assert collector.state(paused).paused_at is not None
    assert collector.state(moved).lease_until is None
    assert outcomes(skrzynka(held.id)) == {held.id: "ok"}, "whoever names it wants it"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_ends_it_leaves_no_lease(collector: Collector, environment, number):
    # What a shell runs in the background is deaf to Ctrl-C, and so would be what is started from there.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    silent = imap(replies={"LIST": lambda peer: peer.wait_for_end()})
    with serving(silent) as server:
        account = collector.account(server.port, imap_host="127.0.0.1")
        allowed = {**commands.BARE, **environment, "SKRZYNKA_PORTS": str(server.port)}
        command = [commands.SKRZYNKA, "fetch", str(account.id)]
        process = subprocess.Popen(command, env=allowed, stderr=subprocess.DEVNULL)
        wait_until(lambda: any(b"LIST" in line for peer in server._peers for line in [peer.line]), "the question")
        process.send_signal(number)
        assert process.wait(20) == 1
    state = collector.state(account)
    assert (state.lease_until, state.failures) == (None, 0)

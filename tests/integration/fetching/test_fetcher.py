"""The process that fetches: what is due is fetched by itself, by one of many, and nobody waits for who is stuck."""

import threading

import pytest

from app import accounts, clock, fetching
from tests.fakes.mail_server import imap, serving
from tests.integration.fetching.conftest import Collector, running
from tests.integration.fetching.mailbox import mailbox, put
from tests.servers.waiting import wait_until


@pytest.fixture
def client(dovecot_server, authority):
    with mailbox(dovecot_server.tls_port, str(authority.ca_file)) as opened:
        yield opened


def test_what_is_due_is_fetched_by_itself_and_what_is_switched_off_is_not(
    collector: Collector, config, client, dovecot_server
):
    put(client, "one")
    account = collector.account(dovecot_server.tls_port, "tls")
    with running(config):
        wait_until(lambda: collector.subjects(account)["one"] == 1, "the first fetch")
        put(client, "two")
        wait_until(lambda: collector.state(account).lease_until is None, "the end of the fetch")
        fetching.fetch_now(collector.session, account, now=clock.now())
        collector.session.commit()
        wait_until(lambda: collector.subjects(account)["two"] == 1, "the second fetch")
        wait_until(lambda: collector.state(account).lease_until is None, "the end of the fetch")
        accounts.deactivate(collector.session, account)
        collector.session.commit()
        put(client, "three")
        fetching.fetch_now(collector.session, account, now=clock.now())
        collector.session.commit()
        epoch = collector.state(account).epoch
        threading.Event().wait(1)
        assert collector.state(account).epoch == epoch
        accounts.activate(collector.session, account)
        collector.session.commit()
        wait_until(lambda: collector.subjects(account)["three"] == 1, "the third fetch")
    assert max(collector.subjects(account).values()) == 1


def test_a_stuck_account_delays_nobody(collector: Collector, config, client, dovecot_server):
    put(client, "one")
    silent = imap(replies={"LIST": lambda peer: peer.wait_for_end()})
    with serving(silent) as server:
        for number in range(3):
            collector.account(server.port, email=f"stuck{number}@firma.test")
        account = collector.account(dovecot_server.tls_port, "tls")
        with running(config):
            wait_until(lambda: collector.subjects(account)["one"] == 1, "the fetch beside three stuck ones")
            for stuck in server._peers:
                stuck.abandon()


def test_a_glance_that_fails_holds_nobody_up(collector: Collector, config, client, dovecot_server, monkeypatch):
    put(client, "one")
    account = collector.account(dovecot_server.tls_port, "tls")
    with running(config) as fetcher:
        monkeypatch.setattr(fetcher._lines, "without_news", lambda _works: 1 / 0)
        wait_until(lambda: collector.subjects(account)["one"] == 1, "the fetch after a broken glance")


def test_two_processes_do_not_get_in_each_others_way(collector: Collector, config, client, dovecot_server):
    subjects = [f"m{number}" for number in range(60)]
    put(client, *subjects)
    account = collector.account(dovecot_server.tls_port, "tls")
    with running(config), running(config):
        for number in range(8):
            put(client, f"later{number}")
            fetching.fetch_now(collector.session, account, now=clock.now())
            collector.session.commit()
        wait_until(
            lambda: len(collector.subjects(account)) == 68 or _again(collector, account), "all of it", seconds=30
        )
    assert set(collector.subjects(account).values()) == {1}


def _again(collector: Collector, account) -> bool:
    fetching.fetch_now(collector.session, account, now=clock.now())
    collector.session.commit()
    return False

"""Accounts in the hand of a process: whatever happens to threads and to the database, none stays there for ever."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from app import clock, fetching
from app import fetcher as process
from app.fetcher import Fetcher
from app.models import Account, FetchState
from tests.fakes.mail_server import ScriptedServer, imap, serving
from tests.fakes.shelf import Shelf
from tests.integration.fetching.conftest import Collector, running
from tests.integration.fetching.mailbox import letter
from tests.servers.waiting import wait_until


@pytest.fixture
def served(collector: Collector) -> Iterator[tuple[Shelf, list[Account]]]:
    """Three accounts, read before, on one shelf."""
    shelf = Shelf()
    shelf.add(letter("a"))
    with serving(shelf.script()) as server:
        made = [collector.account(server.port, email=f"{number}@firma.test") for number in range(3)]
        for account in made:
            collector.fetch(account)
        yield shelf, made


def release(fetcher: Fetcher, server: ScriptedServer) -> None:
    """Have a process end, and with it those who wait for a server that says nothing."""
    fetcher.stop()
    wait_until(lambda: fetcher._long_pool._shutdown, "the end of taking")

    def nobody_waits() -> bool:
        # Again and again: somebody may have been on the way to the server.
        for peer in list(server._peers):
            peer.abandon()
        return not fetcher._hand._running

    wait_until(nobody_waits, "the end of those who wait", seconds=20)


def everything_due(collector: Collector) -> None:
    collector.session.rollback()
    collector.transact(lambda session: session.execute(update(FetchState).values(due_at=clock.now(), wanted=True)))


def lease_ends(collector: Collector) -> list:
    collector.session.rollback()
    return list(collector.session.scalars(select(FetchState.lease_until)))


def put_off(collector: Collector, by: timedelta) -> bool:
    """Return whether every account is free, and due again after its interval."""
    states = collector.transact(
        lambda session: [(each.lease_until, each.due_at) for each in session.scalars(select(FetchState))]
    )
    return all(lease is None and due > clock.now() + by for lease, due in states)


@pytest.mark.parametrize("what", ["finish_unchanged", "claim_due", "load", "put_back", "extend"])
def test_a_database_error_leaves_no_account_in_hand(collector: Collector, config, served, monkeypatch, what: str):
    real, broken = getattr(fetching, what), threading.Event()

    def breaks_once(*arguments: object, **options: object) -> object:
        done = real(*arguments, **options)
        if not broken.is_set():
            broken.set()
            raise OperationalError("", {}, Exception("the connection is gone"))
        return done

    everything_due(collector)
    monkeypatch.setattr(process, "EXTEND_SECONDS", 0.0)
    monkeypatch.setattr(fetching, what, breaks_once)
    with running(config) as fetcher:
        wait_until(lambda: broken.is_set() and put_off(collector, timedelta(minutes=4)), "what is due", seconds=20)
        assert fetcher._hand.held() == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_connections_that_are_ended_leave_no_account_in_hand(collector: Collector, config, served):
    others = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    shelf, _accounts = served
    with running(config) as fetcher:
        for number in range(20):
            everything_due(collector)
            shelf.add(letter(f"m{number}"))
            threading.Event().wait(0.01 * number)
            collector.session.invalidate()
            collector.transact(lambda session: session.execute(others).all())
        everything_due(collector)

        def is_free() -> bool:
            # The leases of what was lost end; here nobody wants to wait a minute for that.
            held = [claim.account_id for claim in fetcher._hand.held()]
            left = update(FetchState).where(FetchState.account_id.not_in(held)).values(lease_until=None)
            collector.transact(lambda session: session.execute(left))
            return put_off(collector, timedelta(minutes=4))

        wait_until(is_free, "the end of it all", seconds=30)
        assert fetcher._hand.held() == []
    for account in collector.session.scalars(select(Account)).all():
        assert set(collector.subjects(account).values()) == {1}
        assert len(collector.subjects(account)) == 21
        assert collector.state(account).outcome == "ok"


def test_a_host_whose_threads_are_all_stuck_leaves_the_rest_to_another(collector: Collector, config, monkeypatch):
    monkeypatch.setattr(process, "PATIENCE_SECONDS", 0.5)
    shelf = Shelf()
    shelf.add(letter("a"))
    silent = imap(replies={"STATUS": lambda peer: peer.wait_for_end(), "LIST": lambda peer: peer.wait_for_end()})
    with serving(shelf.script()) as good, serving(silent) as bad:
        usual = [collector.account(good.port, email=f"good{number}@firma.test") for number in range(4)]
        for account in usual:
            collector.fetch(account)
        for number in range(2):
            collector.account(bad.port, email=f"stuck{number}@firma.test")
        collector.transact(lambda session: fetching.ensure(session, now=clock.now()))
        # Read to their ends before, so that they are no different from the others.
        read = text("UPDATE folders SET uidvalidity = 7, uidnext = 2, cursor = 1")
        collector.transact(lambda session: session.execute(read))
        with running(config, threads=2) as first:
            wait_until(lambda: first._hand.busy() == 2, "two stuck threads")
            everything_due(collector)
            shelf.add(letter("b"))
            wait_until(lambda: not first._hand.moves(process.PATIENCE_SECONDS), "nobody waits for them any more")
            wait_until(lambda: all(lease is None for lease in leases(collector, usual)), "what waits is put back")
            threading.Event().wait(1)
            assert len(first._hand.held()) == 2, "nothing is taken that nobody can do"
            with running(config, threads=2):
                wait_until(lambda: all(collector.subjects(account)["b"] == 1 for account in usual), "the other host")
            release(first, bad)


def leases(collector: Collector, of: list[Account]) -> list:
    return [collector.state(account).lease_until for account in of]


def test_many_first_fetches_go_a_few_at_a_time_and_hold_up_no_poll(collector: Collector, config, served, monkeypatch):
    shelf, made = served
    monkeypatch.setattr(process, "LONG_AHEAD", 1)
    monkeypatch.setattr(process, "LONG_THREADS", 2)
    silent = imap(replies={"LIST": lambda peer: peer.wait_for_end()})
    with serving(silent) as server:
        for number in range(8):
            collector.account(server.port, email=f"new{number}@firma.test")
        with running(config, threads=1) as fetcher:
            wait_until(lambda: fetcher._hand.long() == 3, "first fetches")
            shelf.add(letter("b"))
            everything_due(collector)
            wait_until(lambda: all(collector.subjects(account)["b"] == 1 for account in made), "polls", seconds=20)
            assert fetcher._hand.long() <= 3
            release(fetcher, server)


def test_what_waits_is_put_back_when_the_process_ends(collector: Collector, config):
    silent = imap(replies={"LIST": lambda peer: peer.wait_for_end()})
    with serving(silent) as server:
        for number in range(12):
            collector.account(server.port, email=f"stuck{number}@firma.test")
        with running(config) as fetcher:
            wait_until(lambda: len(fetcher._hand.held()) == 12, "all of them in hand")
            release(fetcher, server)
    assert lease_ends(collector) == [None] * 12

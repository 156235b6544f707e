"""A glance into many mailboxes at once: nobody is held up, and whoever is odd is left to a fetch of its own."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from sqlalchemy import update

from app import accounts, fetching
from app.fetching import Tools, Work
from app.fetching.claims import Superseded, hold_on
from app.fetching.lines import Lines
from app.mail.deadline import Deadline
from app.models import Account, FetchState
from tests.fakes.mail_server import Peer, serving
from tests.fakes.shelf import Shelf, tag_of
from tests.integration.fetching.conftest import Collector
from tests.integration.fetching.mailbox import letter

# What a server may do instead of answering, once it is asked again over the session that is open.
ODD = {
    "is silent": lambda peer: peer.wait_for_end(),
    "hangs up": lambda peer: peer.send(b""),
    "says goodbye": lambda peer: peer.send(b"* BYE enough\r\n"),
    "talks nonsense": lambda peer: peer.send(b"* STATUS (((\r\n" + tag_of(peer) + b" OK\r\n"),
    "refuses": lambda peer: peer.send(tag_of(peer) + b" NO [NONEXISTENT] what folder?\r\n"),
    "announces what never comes": lambda peer: peer.send(b"* STATUS {99999}\r\n" + tag_of(peer) + b" OK done\r\n"),
    "floods": lambda peer: peer.flood(b"* 5 EXISTS\r\n" * 1000),
    "stops in mid-answer": lambda peer: (peer.send(b"* STATUS INB"), peer.wait_for_end()),
}


@dataclass
class Mailboxes:
    """Accounts whose sessions stay open."""

    collector: Collector
    stack: ExitStack
    lines: Lines
    accounts: dict[str, Account] = field(default_factory=dict)
    shelves: dict[str, Shelf] = field(default_factory=dict)

    def add(self, name: str, odd=None, *, bytewise: bool = False) -> None:
        shelf = self.shelves[name] = Shelf()
        shelf.add(letter("one"))
        asked = 0

        def status(peer: Peer) -> None:
            nonlocal asked
            asked += 1
            # The first question belongs to the fetch that opens the session.
            if odd is None or asked < 2:
                shelf._status(peer)
            else:
                odd(peer)

        server = self.stack.enter_context(serving(shelf.script(STATUS=status), bytewise=bytewise))
        self.accounts[name] = self.collector.account(server.port, email=f"{len(self.accounts)}@firma.test")

    def works(self) -> list[Work]:
        """Take all of them in hand."""

        def take(session) -> list[Work]:
            fetching.ensure(session, now=self.collector.now)
            session.execute(update(FetchState).values(due_at=self.collector.now, lease_until=None))
            claims = fetching.claim_due(session, now=self.collector.now, most=100)
            return fetching.load(session, claims, self.collector.vault, now=self.collector.now)

        return self.collector.transact(take)

    def fetch(self) -> None:
        tools = self.collector.tools
        tools = Tools(self.lines.open, tools.transact, tools.clock, tools.chance, tools.progress)
        for work in self.works():
            report = fetching.run(work, tools)
            assert report.outcome == "ok"
            if report.unchanged:
                self.collector.transact(
                    lambda session, claim=report.claim: fetching.finish_unchanged(
                        session, [claim], now=self.collector.now
                    )
                )

    def without_news(self, seconds: float = 5.0) -> set[str]:
        found = {work.claim.account_id for work in self.lines.without_news(self.works(), seconds=seconds)}
        return {name for name, account in self.accounts.items() if account.id in found}


@pytest.fixture
def mailboxes(collector: Collector) -> Iterator[Mailboxes]:
    with ExitStack() as stack:
        lines = Lines(collector.network)
        stack.callback(lines.close)
        yield Mailboxes(collector, stack, lines)


@pytest.mark.parametrize("bytewise", [False, True], ids=["at once", "byte by byte"])
def test_mailboxes_without_news_are_told_from_those_with_some(mailboxes: Mailboxes, bytewise):
    for name in ("old", "new", "renumbered"):
        mailboxes.add(name, bytewise=bytewise)
    mailboxes.fetch()
    mailboxes.fetch()
    mailboxes.shelves["new"].add(letter("two"))
    mailboxes.shelves["renumbered"].uidvalidity = 8
    assert mailboxes.without_news() == {"old"}
    mailboxes.fetch()
    assert mailboxes.collector.subjects(mailboxes.accounts["new"])["two"] == 1
    assert mailboxes.without_news() == {"old", "new", "renumbered"}


def test_a_mailbox_without_an_open_session_is_left_to_a_fetch(mailboxes: Mailboxes):
    mailboxes.add("never opened")
    assert mailboxes.without_news() == set()
    mailboxes.fetch()
    mailboxes.lines.close()
    assert mailboxes.without_news() == set()


@pytest.mark.parametrize("odd", list(ODD))
def test_whoever_is_odd_holds_up_nobody_and_is_left_to_a_fetch(mailboxes: Mailboxes, odd):
    mailboxes.add("odd", ODD[odd])
    for number in range(3):
        mailboxes.add(f"usual {number}")
    mailboxes.fetch()
    mailboxes.fetch()
    began = time.monotonic()
    assert mailboxes.without_news(seconds=1.0) == {"usual 0", "usual 1", "usual 2"}
    assert time.monotonic() - began < 3
    # A session that gave no whole answer is of no more use, those of the others are.
    usable = {name for name in mailboxes.accounts if name != "odd" or odd in ("talks nonsense", "refuses")}
    assert set(mailboxes.lines._kept) == {mailboxes.accounts[name].id for name in usable}


def test_the_session_of_a_deleted_account_serves_nobody_else(mailboxes: Mailboxes):
    collector = mailboxes.collector
    mailboxes.add("before")
    mailboxes.fetch()
    (claim, *_others) = [work.claim for work in mailboxes.works()]
    collector.transact(lambda session: accounts.remove(session, session.get_one(Account, claim.account_id)))
    mailboxes.add("after")
    mailboxes.shelves["after"].add(letter("of the other mailbox"))
    after = mailboxes.accounts["after"]
    del mailboxes.accounts["before"]
    mailboxes.fetch()
    assert collector.subjects(after)["of the other mailbox"] == 1
    with pytest.raises(Superseded):
        collector.transact(lambda session: hold_on(session, claim, now=collector.now))


def test_accounts_without_news_are_let_go_of_together_but_for_those_in_another_hand(mailboxes: Mailboxes):
    for name in ("mine", "also mine", "theirs"):
        mailboxes.add(name)
    collector = mailboxes.collector
    claims = [work.claim for work in mailboxes.works()]
    theirs = mailboxes.accounts["theirs"]
    collector.later(hours=1)
    taken = collector.claim(theirs)
    collector.transact(lambda session: fetching.finish_unchanged(session, claims, now=collector.now))
    free = {name for name, account in mailboxes.accounts.items() if collector.state(account).lease_until is None}
    assert free == {"mine", "also mine"}
    assert collector.state(theirs).epoch == taken.epoch


def test_only_sessions_that_are_used_again_in_time_stay_open(mailboxes: Mailboxes, monkeypatch):
    collector = mailboxes.collector
    for name in ("often", "seldom", "off", "paused", "deleted"):
        mailboxes.add(name)
    ids = {name: account.id for name, account in mailboxes.accounts.items()}

    def kept() -> set[str]:
        mailboxes.lines.sweep(collector.transact(fetching.fetched_accounts))
        return {name for name, account_id in ids.items() if account_id in mailboxes.lines._kept}

    seldom = mailboxes.accounts["seldom"]
    fetching.set_options(collector.session, seldom, interval_minutes=30, mark_seen=False, now=collector.now)
    collector.session.commit()
    mailboxes.fetch()
    assert kept() == {"often", "off", "paused", "deleted"}
    off, paused, deleted = (collector.session.get_one(Account, ids[name]) for name in ("off", "paused", "deleted"))
    accounts.deactivate(collector.session, off)
    fetching.pause(collector.session, paused, now=collector.now)
    accounts.remove(collector.session, deleted)
    collector.session.commit()
    assert kept() == {"often"}
    monkeypatch.setattr("app.fetching.lines.MOST_IDLE_SECONDS", 0.0)
    assert kept() == set()


def test_a_session_that_is_kept_instead_of_another_one_has_that_one_closed(mailboxes: Mailboxes):
    mailboxes.add("twice")
    (work,) = mailboxes.works()
    with ExitStack() as both, Deadline(20) as deadline:
        for _ in range(2):
            both.enter_context(mailboxes.lines.open(work, deadline=deadline))
        assert mailboxes.lines._kept == {}
    closed: list[bool] = []
    (line,) = mailboxes.lines._kept.values()
    line.stack.callback(lambda: closed.append(True))
    mailboxes.lines._keep(work, mailboxes.lines._new(work, Deadline(20)))
    assert closed == [True]

"""A large mailbox that others delete from, move about in and write to while it is being read for the first time."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from imapclient import IMAPClient
from sqlalchemy import func, select

from app import fetching
from app.models import Account, Message
from tests.integration.fetching.conftest import Collector
from tests.integration.fetching.mailbox import letter, mailbox

MANY = 5000
# How often others interfere, and with how many messages each time.
TIMES, FEW = 12, 40


class Others:
    """What other programs do to the mailbox: after each transaction of the fetch, until they have done enough."""

    def __init__(self, client: IMAPClient) -> None:
        self.client = client
        self.chance = random.Random(5000)
        self.left = TIMES
        # A fetch writes from two threads.
        self._turn = threading.Lock()
        self.deleted: set[str] = set()
        self.written = 0

    def interfere(self) -> None:
        with self._turn:
            if self.left:
                self.left -= 1
                self._interfere()

    def _interfere(self) -> None:
        self._move("INBOX", "Archiwum")
        self._move("Archiwum", "INBOX")
        self.client.select_folder("INBOX")
        doomed = self._some()
        self.deleted.update(subjects(self.client, doomed))
        self.client.delete_messages(doomed)
        self.client.expunge()
        self.written += 1
        self.client.append("INBOX", letter(f"later {self.written}"))

    def _move(self, source: str, target: str) -> None:
        self.client.select_folder(source)
        some = self._some()
        if some:
            self.client.move(some, target)

    def _some(self) -> list[int]:
        found = self.client.search("ALL")
        return self.chance.sample(found, min(FEW, len(found)))


def subjects(client: IMAPClient, uids: list[int]) -> Iterator[str]:
    for said in client.fetch(uids, ["ENVELOPE"]).values():
        yield said[b"ENVELOPE"].subject.decode()


def lying_in(client: IMAPClient, *folders: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for folder in folders:
        client.select_folder(folder, readonly=True)
        found.update(subjects(client, client.search("ALL")))
    return found


@pytest.fixture
def client(dovecot_server, authority) -> Iterator[IMAPClient]:
    with mailbox(dovecot_server.tls_port, str(authority.ca_file)) as opened:
        yield opened


@pytest.fixture
def account(collector: Collector, client, dovecot_server) -> Account:
    """Both folders are to be fetched; nothing of them has been."""
    client.create_folder("Archiwum")
    account = collector.account(dovecot_server.tls_port, "tls")
    collector.fetch(account)
    both = {folder.id for folder in fetching.list_folders(collector.session, account.id)}
    fetching.choose(collector.session, account, both, now=collector.now)
    collector.session.commit()
    client.multiappend("INBOX", [letter(f"m{number}") for number in range(MANY)])
    return account


def test_nothing_is_lost_or_doubled_however_others_interfere(collector: Collector, client, account):
    others = Others(client)

    def transact(work):
        done = collector.transact(work)
        others.interfere()
        return done

    collector.run(collector.claim(account), replace(collector.tools, transact=transact))
    assert others.left == 0, "they have interfered while it was read"
    reports = [collector.fetch(account) for _ in range(5)]
    assert {report.outcome for report in reports} == {"ok"}
    assert reports[-1].unchanged
    there = lying_in(client, "INBOX", "Archiwum")
    assert there.total() == MANY - len(others.deleted) + others.written
    assert set(there.values()) == {1}
    assert collector.subjects(account, gone=False) == there, "each lies here where it lies there"
    # What was deleted before it was read is not here; all else is, once each, wherever it has been meanwhile.
    kept = collector.subjects(account)
    assert set(there) <= set(kept) <= set(there) | others.deleted
    assert collector.session.scalar(select(func.count()).select_from(Message)) == len(kept)
    assert fetching.list_troubles(collector.session, account.id) == []

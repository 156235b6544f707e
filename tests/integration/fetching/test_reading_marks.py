"""Read here and read there: what one of the two says does not undo the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from imapclient import IMAPClient

from app import fetching, mailbox
from app.models import Account, Placement
from tests.integration.fetching.conftest import Collector
from tests.integration.fetching.mailbox import mailbox as opened_mailbox
from tests.integration.fetching.mailbox import put, signed_in
from tests.servers.ca import Issued
from tests.servers.dovecot import Dovecot, dovecot
from tests.servers.fixtures import PASSWORD, USER


@pytest.fixture
def client(dovecot_server, authority) -> Iterator[IMAPClient]:
    with opened_mailbox(dovecot_server.tls_port, str(authority.ca_file)) as opened:
        yield opened


@pytest.fixture
def account(collector: Collector, dovecot_server) -> Account:
    return collector.account(dovecot_server.tls_port, "tls")


def newest(collector: Collector) -> Placement:
    collector.session.rollback()
    collector.session.expire_all()
    return mailbox.list_messages(collector.session)[0].placement


def say(collector: Collector, *, seen: bool) -> None:
    mailbox.note_seen(collector.session, newest(collector), seen=seen)
    collector.session.commit()


def test_what_was_read_here_stays_read_whatever_changes_there(collector: Collector, client, account):
    put(client, "one")
    collector.fetch(account)
    say(collector, seen=True)
    client.add_flags(client.search(), b"\\Flagged")
    collector.fetch(account)
    assert newest(collector).is_read


def test_what_was_read_here_stays_read_when_it_gets_another_number_or_place(collector: Collector, client, account):
    put(client, "one")
    collector.fetch(account)
    say(collector, seen=True)
    folder = collector.folder(account)
    folder.uidvalidity = (folder.uidvalidity or 0) + 1
    collector.session.commit()
    collector.fetch(account)
    assert newest(collector).is_read
    client.move(client.search(), "INBOX")
    collector.fetch(account)
    assert newest(collector).is_read


def test_what_is_read_there_is_read_here(collector: Collector, client, account):
    put(client, "one")
    collector.fetch(account)
    say(collector, seen=False)
    client.add_flags(client.search(), b"\\Seen")
    collector.fetch(account)
    assert newest(collector).is_read
    say(collector, seen=False)
    client.add_flags(client.search(), b"\\Flagged")
    collector.fetch(account)
    assert not newest(collector).is_read, "it was to look unread, and nobody has read it since"


def test_what_we_mark_there_nobody_has_read_here(collector: Collector, client, account):
    fetching.set_options(collector.session, account, interval_minutes=None, mark_seen=True, now=collector.now)
    collector.session.commit()
    put(client, "one")
    for _ in range(2):
        collector.fetch(account)
        client.noop()
        assert len(client.search("SEEN")) == 1
        assert not newest(collector).is_read
        # Some word from the server about a message that it calls read, because we have said so.
        client.add_flags(client.search(), b"\\Flagged")
    client.remove_flags(client.search(), b"\\Seen")
    collector.fetch(account)
    client.add_flags(client.search(), b"\\Seen")
    collector.fetch(account)
    assert newest(collector).is_read


def test_a_copy_of_what_we_have_marked_is_not_read_either(collector: Collector, client, account):
    fetching.set_options(collector.session, account, interval_minutes=None, mark_seen=True, now=collector.now)
    collector.session.commit()
    put(client, "one")
    collector.fetch(account)
    client.noop()
    client.copy(client.search(), "INBOX")
    assert collector.fetch(account).new == 0
    assert collector.subjects(account) == {"one": 2}
    assert not newest(collector).is_read


@pytest.fixture(scope="module")
def strict_server(server_folder: Path, certificate: Issued) -> Iterator[Dovecot]:
    """A server of which the rights of a folder can be chosen."""
    rights = "mail_plugins = acl\nplugin {\n  acl = vfile\n}\n"
    with dovecot(server_folder / "strict", certificate, {USER: PASSWORD}, rights) as server:
        yield server


def allow(server: Dovecot, rights: str) -> None:
    """Choose what may be done in the inbox."""
    (server.folder / "mail" / USER.partition("@")[0] / "dovecot-acl").write_text(f"owner {rights}\n")


@pytest.mark.parametrize("rights", ["lr", "lrw"])
def test_what_a_server_does_not_mark_is_not_taken_for_marked(collector: Collector, strict_server, authority, rights):
    account = collector.account(strict_server.tls_port, "tls")
    fetching.set_options(collector.session, account, interval_minutes=None, mark_seen=True, now=collector.now)
    collector.session.commit()
    with opened_mailbox(strict_server.tls_port, str(authority.ca_file)) as client:
        put(client, "one")
    # It says that the mark was set, and sets none.
    allow(strict_server, rights)
    assert collector.fetch(account).outcome == "ok"
    assert (newest(collector).marked, newest(collector).mark_due) == (False, False)
    allow(strict_server, "lrswite")
    with signed_in(strict_server.tls_port, str(authority.ca_file)) as client:
        assert client.search("SEEN") == []
        client.add_flags(client.search(), b"\\Seen")
    collector.fetch(account)
    assert newest(collector).is_read

"""Real mailboxes: what arrives is fetched once, whatever else happens to it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from imapclient import IMAPClient
from sqlalchemy import func, select

from app import accounts, fetching
from app.fetching import folder_run
from app.fetching.settling import record_failure
from app.mail.deadline import Deadline
from app.mail.failures import StepFailed
from app.mailbox import list_messages
from app.models import Account, Message, Placement
from tests.fakes.narrow_link import narrow_link
from tests.integration.fetching.conftest import Collector
from tests.integration.fetching.mailbox import letter, mailbox, put
from tests.servers.fixtures import PASSWORD
from tests.servers.ports import free_ports


@pytest.fixture
def client(dovecot_server, authority) -> Iterator[IMAPClient]:
    with mailbox(dovecot_server.tls_port, str(authority.ca_file)) as opened:
        yield opened


@pytest.fixture
def account(collector: Collector, dovecot_server) -> Account:
    return collector.account(dovecot_server.tls_port, "tls")


def names(*subjects: str) -> Counter[str]:
    return Counter(subjects)


def test_what_arrives_is_fetched_once(collector: Collector, client, account):
    put(client, "one", "two")
    report = collector.fetch(account)
    assert (report.outcome, report.new) == ("ok", 2)
    assert report.size == len(letter("one")) + len(letter("two"))
    put(client, "three")
    assert collector.fetch(account).new == 1
    report = collector.fetch(account)
    assert (report.outcome, report.new, report.unchanged) == ("ok", 0, True)
    assert collector.subjects(account) == names("one", "two", "three")
    assert collector.content(account, "three") == letter("three")
    state = collector.state(account)
    assert (state.outcome, state.failures, state.lease_until) == ("ok", 0, None)
    assert (state.due_at - collector.now).total_seconds() == 300


def test_the_first_messages_of_a_slow_server_do_not_wait_for_all_of_their_request(
    collector: Collector, client, dovecot_server, monkeypatch
):
    monkeypatch.setattr("app.fetching.chunks.LONGEST_WAIT", 0.3)
    batches, store = [], folder_run.store

    def counting(session, claim, batch, *, now):
        batches.append(len(batch.messages))
        return store(session, claim, batch, now=now)

    monkeypatch.setattr(folder_run, "store", counting)
    for number in range(30):
        client.append("INBOX", letter(f"n{number}") + b"a line of text\r\n" * 1250)
    (port,) = free_ports(1)
    with narrow_link(port, dovecot_server.tls_port, 200_000):
        account = collector.account(port, "tls")
        assert collector.fetch(account).new == 30
    assert sum(batches) == 30
    # It takes about three seconds, and all of it is asked for at once.
    assert len([each for each in batches if each]) > 3
    assert collector.subjects(account) == names(*(f"n{number}" for number in range(30)))


def test_mail_stays_unread_unless_somebody_wants_it_marked(collector: Collector, client, account):
    put(client, "one")
    collector.fetch(account)
    assert client.search("UNSEEN") != []
    fetching.set_options(collector.session, account, interval_minutes=7, mark_seen=True, now=collector.now)
    collector.session.commit()
    put(client, "two")
    collector.fetch(account)
    client.noop()
    assert len(client.search("UNSEEN")) == 1, "only what is fetched from now on"
    assert (collector.state(account).due_at - collector.now).total_seconds() == 420


def test_mail_of_strangers_is_left_out_before_it_is_downloaded(collector: Collector, client, account):
    fetching.set_senders(collector.session, account, ["jan@firma.test", "@inna.test"], only=True, now=collector.now)
    collector.session.commit()
    for number, sender in enumerate(("Jan <jan@firma.test>", "obcy@obca.test", "Ola <ola@poczta.inna.test>", "")):
        client.append("INBOX", letter(f"m{number}", From=sender))
    report = collector.fetch(account)
    assert (report.new, collector.subjects(account)) == (2, names("m0", "m2"))
    # What was passed over is passed over for good: the next look has nothing to do.
    assert collector.fetch(account).unchanged
    fetching.set_senders(collector.session, account, [], only=False, now=collector.now)
    collector.session.commit()
    put(client, "m4")
    assert collector.fetch(account).new == 1
    assert collector.subjects(account) == names("m0", "m2", "m4")


def test_a_mailbox_of_nothing_but_strangers_is_looked_through_once(collector: Collector, client, account):
    fetching.set_senders(collector.session, account, ["@inna.test"], only=True, now=collector.now)
    collector.session.commit()
    put(client, "one", "two")
    assert collector.fetch(account).new == 0
    assert collector.folder(account).cursor == collector.folder(account).uidnext - 1
    assert collector.fetch(account).unchanged


@pytest.mark.parametrize("same", [True, False])
def test_another_server_may_be_another_mailbox_so_somebody_is_asked(collector: Collector, client, account, same):
    put(client, "one", "two")
    collector.fetch(account)
    # The same Dovecot by another name: nothing else could tell.
    details = replace(accounts.details_of(account, collector.vault), imap_host="127.0.0.1", fast_mode=True)
    stamp = {"expected_version": None, "tested": None}
    accounts.change(collector.session, account, details, **stamp, vault=collector.vault, now=collector.now)
    collector.session.commit()
    assert collector.fetch_if_due(account) is None
    state = collector.state(account)
    assert (state.outcome, state.lease_until) == (fetching.ANOTHER_MAILBOX, None)
    assert state.held_at is not None
    assert collector.fetch_if_due(account) is None, "nobody has answered"
    say = fetching.say_same if same else fetching.say_another
    doubt = fetching.doubt_about(collector.session, account, state)
    assert doubt is not None
    assert not say(collector.session, account, question="another question", now=collector.now)
    assert say(collector.session, account, question=doubt.mark, now=collector.now)
    collector.session.commit()
    said = [fetching.was_same(collector.state(account), question) for question in (doubt.mark, "another question")]
    assert said == [same, None]
    put(client, "three")
    report = collector.fetch_if_due(account)
    assert report is not None
    assert report.new == 1, "also where the others have got new places"
    once = names("one", "two", "three")
    assert collector.subjects(account) == (once if same else once + names("one", "two")), "everything fetched stays"
    assert collector.subjects(account, gone=False) == once
    assert len(list_messages(collector.session, account_id=account.id)) == 3
    assert collector.fetch(account).unchanged


def test_a_run_tells_how_far_it_is_and_what_it_has_brought(collector: Collector, client, account):
    fetching.set_senders(collector.session, account, ["jan@firma.test"], only=True, now=collector.now)
    collector.session.commit()
    for number in range(60):
        client.append("INBOX", letter(f"m{number}", From="jan@firma.test" if number % 10 else "obcy@obca.test"))
    collector.fetch(account)
    state = collector.state(account)
    assert (state.expected, state.stored, state.passed_over) == (54, 54, 6)
    assert collector.fetch(account).unchanged
    state = collector.state(account)
    assert (state.expected, state.stored, state.passed_over) == (0, 0, 0), "nothing new"


def told(collector: Collector, account: Account) -> tuple[int, int]:
    """Return how many messages are said to be new, and how many were expected to be."""
    state = collector.state(account)
    return state.stored, state.expected


def test_a_message_that_comes_into_another_folder_is_nothing_new_to_a_person(collector: Collector, client, account):
    put(client, "one", "one", "two")
    report = collector.fetch(account)
    assert (report.new, report.size) == (2, len(letter("one")) + len(letter("two"))), "one of them twice"
    assert told(collector, account)[0] == 2
    assert collector.subjects(account) == Counter(one=2, two=1)
    client.create_folder("Archiwum")
    fetching.ask_for_folders(collector.session, account, now=collector.now)
    collector.session.commit()
    collector.fetch(account)
    both = {folder.id for folder in fetching.list_folders(collector.session, account.id)}
    fetching.choose(collector.session, account, both, now=collector.now)
    collector.session.commit()
    client.copy(client.search(), "Archiwum")
    client.append("Archiwum", letter("three"))
    report = collector.fetch(account)
    assert (report.new, report.size) == (1, len(letter("three")))
    assert told(collector, account)[0] == 1
    assert collector.subjects(account) == Counter(one=4, two=2, three=1)


def test_what_turns_out_to_be_known_is_expected_no_more(collector: Collector, client, account):
    for number in range(60):
        client.append("INBOX", letter(f"m{number}"))
    collector.fetch(account)
    assert told(collector, account) == (60, 60)
    client.copy(client.search(), "INBOX")
    client.append("INBOX", letter("another"))
    assert collector.fetch(account).new == 1
    assert collector.subjects(account).total() == 121
    assert told(collector, account) == (1, 1)


def test_expunged_and_moved_messages_are_no_error(collector: Collector, client, account):
    put(client, *"abcdef")
    client.create_folder('Wysłane & "inne"')
    collector.fetch(account)
    client.select_folder("INBOX")
    client.delete_messages(client.search("SUBJECT a"))
    client.move(client.search("SUBJECT b"), 'Wysłane & "inne"')
    client.expunge()
    put(client, "g")
    assert collector.fetch(account).new == 1
    assert collector.subjects(account) == names(*"abcdefg"), "everything fetched stays"


def test_further_folders_are_fetched_by_their_exact_names(collector: Collector, client, account):
    odd = 'Różne & "inne" \\ ~'
    client.create_folder(odd)
    put(client, "inside", folder=odd)
    collector.fetch(account)
    (folder,) = [each for each in fetching.list_folders(collector.session, account.id) if each.title == odd]
    assert not folder.chosen
    assert folder.name.isascii()
    inbox = collector.folder(account)
    fetching.choose(collector.session, account, {inbox.id, folder.id}, now=collector.now)
    collector.session.commit()
    assert collector.fetch(account).new == 1
    assert collector.subjects(account) == names("inside")
    # Put into the inbox as well, it is the same message in two places.
    client.copy(client.select_folder(odd) and client.search("ALL"), "INBOX")
    assert collector.fetch(account).new == 0
    assert collector.subjects(account) == {"inside": 2}
    assert collector.session.scalar(select(func.count()).select_from(Message)) == 1
    assert collector.session.scalar(select(func.count()).select_from(Placement)) == 2
    assert len(list_messages(collector.session, account_id=account.id)) == 1


def test_a_folder_that_is_gone_does_not_stop_the_others(collector: Collector, client, account):
    client.create_folder("Projekt")
    collector.fetch(account)
    ids = [each.id for each in fetching.list_folders(collector.session, account.id)]
    fetching.choose(collector.session, account, ids, now=collector.now)
    collector.session.commit()
    collector.fetch(account)
    client.delete_folder("Projekt")
    put(client, "one")
    report = collector.fetch(account)
    assert (report.outcome, report.new) == ("folder_missing", 1)
    assert collector.folder(account, "Projekt").outcome == "folder_missing"
    assert collector.state(account).held_at is None


@pytest.mark.parametrize("name", ["Projekt", "Konto zablokowane", "Blocked users"])
def test_a_folder_that_another_mailbox_does_not_have_stops_nothing(collector: Collector, client, account, name):
    client.create_folder(name)
    client.create_folder("Zlecenia")
    collector.fetch(account)
    ids = [each.id for each in fetching.list_folders(collector.session, account.id)]
    fetching.choose(collector.session, account, ids, now=collector.now)
    collector.session.commit()
    question = collector.ask(account)
    assert fetching.say_another(collector.session, account, question=question, now=collector.now)
    collector.session.commit()
    client.delete_folder(name)
    put(client, "one")
    put(client, "two", folder="Zlecenia")
    # One after the other, on the same connection: the one before is closed first.
    report = collector.fetch(account)
    assert (report.outcome, report.new) == ("folder_missing", 2)
    assert collector.folder(account, name).outcome == "folder_missing"
    assert (collector.folder(account).outcome, collector.folder(account, "Zlecenia").outcome) == (None, None)
    assert collector.state(account).held_at is None


def test_a_session_in_which_a_folder_could_not_be_opened_is_of_use_all_the_same(collector: Collector, client, account):
    put(client, "one")
    claim = collector.claim(account)
    (work,) = collector.transact(lambda each: fetching.load(each, [claim], collector.vault, now=collector.now))
    with Deadline(20) as deadline, collector.tools.connect(work, deadline=deadline) as session:
        assert session.open("INBOX").exists == 1
        with pytest.raises(StepFailed, match="folder_missing"):
            session.open("Nowhere")
        assert session.rest()
        assert session.go_on(deadline)


def test_a_folder_made_anew_is_matched_by_content(collector: Collector, client, account):
    client.create_folder("Projekt")
    put(client, "one", "two", "two", folder="Projekt")
    collector.fetch(account)
    ids = [each.id for each in fetching.list_folders(collector.session, account.id)]
    fetching.choose(collector.session, account, ids, now=collector.now)
    collector.session.commit()
    collector.fetch(account)
    before = collector.folder(account, "Projekt").uidvalidity
    client.delete_folder("Projekt")
    client.create_folder("Projekt")
    put(client, "zero", "two", "one", "two", folder="Projekt")
    report = collector.fetch(account)
    assert collector.folder(account, "Projekt").uidvalidity != before
    assert (report.outcome, report.new) == ("ok", 1)
    assert collector.subjects(account) == names("zero", "one", "two", "two")
    assert collector.fetch(account).unchanged


def test_what_was_read_elsewhere_is_seen(collector: Collector, client, account):
    put(client, "one", "two")
    collector.fetch(account)
    assert len(list_messages(collector.session, account_id=account.id, unread=True)) == 2
    client.select_folder("INBOX")
    client.add_flags(client.search("SUBJECT one"), ["\\Seen"])
    collector.fetch(account)
    (unread,) = list_messages(collector.session, account_id=account.id, unread=True)
    assert unread.message.subject == "two"


def test_a_wrong_password_is_tried_three_times_and_then_held(collector: Collector, dovecot_server):
    account = collector.account(dovecot_server.tls_port, "tls", imap_password="wrong")
    for refusals in (1, 2, 3):
        assert collector.fetch_if_due(account).outcome == "auth_failed"
        state = collector.state(account)
        assert (state.refusals, state.held_at is not None) == (refusals, refusals == 3)
        collector.later(hours=2)
    assert collector.fetch_if_due(account) is None, "no further login"
    details = accounts.details_of(account, collector.vault)
    right = replace(details, imap_password=PASSWORD)
    now = collector.now
    accounts.change(
        collector.session, account, right, expected_version=None, tested=None, vault=collector.vault, now=now
    )
    collector.session.commit()
    assert collector.fetch_if_due(account).outcome == "ok"
    assert collector.state(account).held_at is None


@pytest.mark.parametrize("press", ["the page", "the command"])
def test_whoever_asks_for_mail_has_one_try_and_forgets_no_refusal(collector: Collector, dovecot_server, press):
    account = collector.account(dovecot_server.tls_port, "tls", imap_password="wrong")

    def ask():
        if press == "the command":
            return collector.fetch(account).outcome
        fetching.fetch_now(collector.session, account, now=collector.now)
        collector.session.commit()
        return collector.fetch_if_due(account).outcome

    assert collector.fetch_if_due(account).outcome == "auth_failed"
    assert ask() == "auth_failed"
    assert collector.state(account).held_at is None
    for refusals in (3, 4):
        assert ask() == "auth_failed"
        state = collector.state(account)
        assert (state.refusals, state.held_at is not None) == (refusals, True)
        collector.later(hours=2)
        assert collector.fetch_if_due(account) is None, "no further login by itself"


def test_what_fails_otherwise_forgets_no_refusal(collector: Collector, dovecot_server):
    account = collector.account(dovecot_server.tls_port, "tls", imap_password="wrong")
    for _try in range(2):
        assert collector.fetch(account).outcome == "auth_failed"
    claim = collector.claim(account)
    late = {"now": collector.now, "chance": 0.5}
    collector.transact(lambda session: record_failure(session, claim, "connect_timeout", None, **late))
    assert collector.state(account).held_at is None
    assert collector.fetch(account).outcome == "auth_failed"
    assert collector.state(account).held_at is not None

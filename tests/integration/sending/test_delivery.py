"""Real servers: a message goes out through Postfix, arrives in Dovecot, and its copy lies in Sent, once."""

import ssl
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial

import pytest
from imapclient import IMAPClient

from app import accounts, clock, sending
from app.mail.sent_copy import mailbox
from app.models import CopyState, MessageState, OutgoingMessage, RoundTripState
from app.sending import WatchTools
from tests.integration.sending.conftest import Writer
from tests.servers.fixtures import OTHER_USER, PASSWORD, USER
from tests.servers.waiting import wait_until


class Mailbox:
    """What lies in somebody's mailbox."""

    def __init__(self, port: int, user: str, ca_file: str) -> None:
        context = ssl.create_default_context(cafile=ca_file)
        self.client = IMAPClient("localhost", port, ssl_context=context)
        self.client.plain_login(user, PASSWORD)

    def messages(self, folder: str, message_id: str) -> list[EmailMessage]:
        self.client.select_folder(folder, readonly=True)
        found = self.client.search(["HEADER", "MESSAGE-ID", message_id])
        raw = [self.client.fetch(uid, ["BODY.PEEK[]"])[uid][b"BODY[]"] for uid in found]
        return [message_from_bytes(each, policy=policy.default) for each in raw]  # type: ignore[misc]  # what the policy says


@pytest.fixture
def mailboxes(receiving_dovecot, authority) -> Iterator[tuple[Mailbox, Mailbox]]:
    opened = [Mailbox(receiving_dovecot.tls_port, user, str(authority.ca_file)) for user in (USER, OTHER_USER)]
    yield opened[0], opened[1]
    for each in opened:
        each.client.logout()


@pytest.fixture
def account(writer: Writer, receiving_dovecot, delivering_postfix):
    # The real clock: servers look at dates.
    writer.now = clock.now()
    return writer.account(
        delivering_postfix.tls_port,
        receiving_dovecot.tls_port,
        "tls",
        email=USER,
        imap_username=USER,
        imap_password=PASSWORD,
    )


def arrived(box: Mailbox, message: OutgoingMessage) -> EmailMessage:
    wait_until(lambda: bool(box.messages("INBOX", message.message_id)), "the delivery", seconds=20)
    (found,) = box.messages("INBOX", message.message_id)
    return found


def test_a_message_arrives_as_it_was_written_and_a_copy_is_filed_once(writer, account, mailboxes):
    anna, jan = mailboxes
    data = bytes(range(256)) * 900
    text = "Dzień dobry,\n\n.\nKropka i „cudzysłów”.\n\n" + "długa linia " * 300
    message = writer.write(
        account,
        f"Jan Żółwiński <{OTHER_USER}>",
        subject="Zażółć gęślą jaźń " * 8,
        text=text,
        files=(("umowa żółta.bin", data), ("pusty.txt", b"")),
        in_reply_to="<a@x.pl>",
        references="<b@x.pl> <a@x.pl>",
    )
    assert writer.send(message).state is MessageState.SENT
    found = arrived(jan, message)
    assert found["Subject"] == ("Zażółć gęślą jaźń " * 8).strip()
    assert found["From"].addresses[0].addr_spec == USER
    assert (found["In-Reply-To"], found["References"].split()) == ("<a@x.pl>", ["<b@x.pl>", "<a@x.pl>"])
    plain, html = found.get_body(["plain"]), found.get_body(["html"])
    assert ".\nKropka i „cudzysłów”." in plain.get_content().replace("\r\n", "\n")
    assert "<p>Dzień dobry,</p>" in html.get_content()
    files = {each.get_filename(): each.get_payload(decode=True) for each in found.iter_attachments()}
    assert files == {"umowa żółta.bin": data, "pusty.txt": b""}

    assert message.copy_state is CopyState.PENDING
    assert writer.file_copy(message).copy_state is CopyState.DONE
    assert message.copy_folder == "Wysłane"
    (copy,) = anna.messages("Wysłane", message.message_id)
    assert {each.get_filename() for each in copy.iter_attachments()} == set(files)


def test_a_copy_that_was_filed_but_not_noted_is_not_filed_again(writer, account, mailboxes):
    message = writer.send(writer.write(account, OTHER_USER))
    writer.file_copy(message)
    message.copy_state, message.copy_due_at = CopyState.PENDING, writer.now
    writer.session.commit()
    assert writer.file_copy(message).copy_state is CopyState.DONE
    assert len(mailboxes[0].messages("Wysłane", message.message_id)) == 1


def test_several_copies_are_filed_over_one_connection(writer, account, mailboxes):
    messages = [writer.write(account, OTHER_USER, subject=f"Number {number}") for number in range(3)]
    writer.send(messages[0])
    writer.file_copy(messages[0])
    for message in messages:
        writer.session.refresh(message)
        assert message.copy_state is CopyState.DONE
        assert len(mailboxes[0].messages("Wysłane", message.message_id)) == 1


def test_a_test_message_is_seen_with_its_time(writer, account, network):
    account_row = accounts.list_all(writer.session)[0]
    trip = sending.round_trips.start(
        writer.session, account_row, writer.user.id, "skrzynka.test", subject="Test", text="Test.", now=clock.now()
    )
    writer.session.commit()
    writer.now = clock.now()
    message = writer.session.get_one(OutgoingMessage, trip.message_id)
    writer.send(message)
    tools = WatchTools(writer.vault, partial(mailbox, rules=network), clock.now, writer.session.commit)
    wait_until(lambda: sending.round_trips.watch(writer.session, trip, tools) is None, "the end of the test")
    assert trip.state is RoundTripState.SEEN
    assert 0 < (trip.seen_at - trip.started_at).total_seconds() < 20
    assert message.copy_state is CopyState.NOT_WANTED

"""Copies of sent mail and servers that refuse them: passwords are not tried again and again, and nothing is lost."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from app import accounts, fetching, sending
from app.mail.outcomes import Outcome
from app.models import Account, CopyState, FetchState, OutgoingMessage
from app.sending import claims
from app.sending.outcomes import COPY_MOST_ATTEMPTS
from tests.fakes.mail_server import ScriptedServer, imap, serving, smtp
from tests.integration.sending.conftest import Writer

REFUSED = b"TAG NO [AUTHENTICATIONFAILED] Authentication failed.\r\n"
# Every copy is there already: what is filed here is of no interest, but whether anybody is let in.
FILED = {
    "LIST": b'* LIST (\\Sent) "/" Sent\r\nTAG OK done\r\n',
    "UID": b"* SEARCH 7\r\nTAG OK done\r\n",
    "SEARCH": b"* SEARCH 7\r\nTAG OK done\r\n",
}
Serve = Callable[..., ScriptedServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda **replies: stack.enter_context(serving(imap(replies=FILED | replies)))


@pytest.fixture
def sent(writer: Writer) -> Iterator[Callable[..., list[OutgoingMessage]]]:
    with serving(smtp()) as outgoing:

        def send(imap_port: int, number: int) -> list[OutgoingMessage]:
            account = accounts.find_by_address(writer.session, "anna@skrzynka.test")
            account = account or writer.account(outgoing.port, imap_port, email="anna@skrzynka.test")
            messages = [writer.write(account, subject=f"Number {each}") for each in range(number)]
            writer.send(messages[0])
            return messages

        yield send


def logins(server: ScriptedServer) -> int:
    return server.sent(b"AUTHENTICATE PLAIN")


def sweep(writer: Writer, *, times: int = 1) -> None:
    """Do what the sweep does, again and again, half a minute after each other."""
    for _ in range(times):
        for message_id in sending.due_copies(writer.session, now=writer.now):
            sending.filing.run(writer.session, message_id, writer.filing_tools)
        writer.session.rollback()
        writer.later(seconds=30)


def states(writer: Writer, messages: list[OutgoingMessage]) -> set[CopyState]:
    for message in messages:
        writer.session.refresh(message)
    return {message.copy_state for message in messages}


def its_account(writer: Writer, messages: list[OutgoingMessage]) -> Account:
    return writer.session.get_one(Account, messages[0].account_id, populate_existing=True)


def test_a_refused_password_is_tried_once_for_all_copies(writer: Writer, serve: Serve, sent):
    server = serve(AUTHENTICATE=REFUSED)
    messages = sent(server.port, 10)
    sweep(writer, times=20)
    assert logins(server) == 1
    # Nor for what is sent from now on, nor by a job that was enqueued before.
    messages += sent(server.port, 2)
    sweep(writer, times=3)
    for message in messages:
        writer.file_copy(message)
    assert logins(server) == 1
    assert states(writer, messages) == {CopyState.PENDING}
    held = sending.holds.find(writer.session, messages[0].account_id)
    assert held is not None
    assert (held.outcome, held.may_ask) == (Outcome.AUTH_FAILED, True)
    assert held.server_text == "[AUTHENTICATIONFAILED] Authentication failed."


def give_another_password(writer: Writer, account: Account) -> None:
    details = accounts.details_of(account, writer.vault)
    changed = replace(details, imap_password=details.imap_password + "-canary")
    accounts.change(
        writer.session, account, changed, expected_version=None, tested=None, vault=writer.vault, now=writer.now
    )


def pass_a_test(writer: Writer, account: Account) -> None:
    accounts.record_test(writer.session, account, accounts.Tested(writer.now, Outcome.OK, Outcome.OK))


def ask_for_a_try(writer: Writer, account: Account) -> None:
    message = writer.session.query(OutgoingMessage).filter_by(account_id=account.id).first()
    sending.file_again(writer.session, message, now=writer.now)


@pytest.mark.parametrize("act", [give_another_password, pass_a_test, ask_for_a_try])
def test_what_a_person_does_allows_one_more_try_for_all(writer: Writer, serve: Serve, sent, act):
    answers = [REFUSED, REFUSED, b"TAG OK welcome\r\n", b"TAG OK welcome\r\n"]
    server = serve(AUTHENTICATE=lambda peer: peer.send(answers.pop(0).replace(b"TAG", peer.line.split()[0])))
    messages = sent(server.port, 3)
    sweep(writer, times=2)
    for tries in (2, 3):
        act(writer, its_account(writer, messages))
        writer.session.commit()
        writer.later(seconds=1)
        sweep(writer, times=5)
        assert logins(server) == tries
    assert states(writer, messages) == {CopyState.DONE}
    # What was refused before says nothing any more.
    refused = accounts.Tested(writer.now, Outcome.AUTH_FAILED, Outcome.OK)
    accounts.record_test(writer.session, its_account(writer, messages), refused)
    writer.session.commit()
    messages += sent(server.port, 1)
    sweep(writer)
    assert states(writer, messages) == {CopyState.DONE}


def test_another_name_is_no_reason_to_log_in(writer: Writer, serve: Serve, sent):
    server = serve(AUTHENTICATE=REFUSED)
    messages = sent(server.port, 2)
    sweep(writer)
    account = its_account(writer, messages)
    details = replace(accounts.details_of(account, writer.vault), name="Inna nazwa")
    accounts.change(
        writer.session, account, details, expected_version=None, tested=None, vault=writer.vault, now=writer.now
    )
    writer.session.commit()
    sweep(writer, times=3)
    assert logins(server) == 1


def test_the_mailbox_of_an_account_that_fetching_holds_is_not_opened(writer: Writer, serve: Serve, sent):
    server = serve()
    messages = sent(server.port, 2)
    account = its_account(writer, messages)
    fetching.ensure(writer.session, now=writer.now)
    state = writer.session.get_one(FetchState, account.id)
    state.held_at, state.outcome = writer.now, Outcome.AUTH_FAILED
    state.incoming_version = account.incoming_version
    writer.session.commit()
    sweep(writer, times=3)
    assert server.connections == 0
    held = sending.holds.find(writer.session, account.id)
    assert held is not None
    assert (held.outcome, held.may_ask) == (Outcome.AUTH_FAILED, False)
    fetching.fetch_now(writer.session, account, now=writer.now)
    writer.session.commit()
    sweep(writer)
    assert states(writer, messages) == {CopyState.DONE}
    assert server.connections == 1


def test_a_server_that_fails_puts_off_all_copies_together(writer: Writer, serve: Serve, sent):
    server = serve(AUTHENTICATE=b"TAG NO [UNAVAILABLE] Try again later.\r\n")
    messages = sent(server.port, 3)
    for tries in range(1, COPY_MOST_ATTEMPTS + 1):
        sweep(writer)
        assert logins(server) == tries
        assert states(writer, messages) == {CopyState.PENDING if tries < COPY_MOST_ATTEMPTS else CopyState.FAILED}
        assert {message.copy_outcome for message in messages} == {Outcome.AUTH_TEMP}
        due = [message.copy_due_at for message in messages if message.copy_due_at is not None]
        assert all(moment > writer.now for moment in due)
        writer.now = max(due, default=writer.now)


def test_one_job_files_for_an_account_at_a_time(writer: Writer, serve: Serve, sent):
    server = serve(AUTHENTICATE=REFUSED)
    messages = sent(server.port, 3)
    open_mailbox = writer.filing_tools.open_mailbox

    @contextmanager
    def while_another_begins(*args, **options):
        assert sending.due_copies(writer.session, now=writer.now) == []
        sending.filing.run(writer.session, messages[1].id, writer.filing_tools)
        with open_mailbox(*args, **options) as box:
            yield box

    tools = replace(writer.filing_tools, open_mailbox=while_another_begins)
    sending.filing.run(writer.session, messages[0].id, tools)
    assert logins(server) == 1


def test_whoever_is_late_writes_nothing_over_a_copy_that_somebody_else_has_in_hand(writer: Writer, serve: Serve, sent):
    server = serve(AUTHENTICATE=b"TAG NO [UNAVAILABLE] Try again later.\r\n")
    (message,) = sent(server.port, 1)
    message_id, taken = message.id, []

    def commit_and_be_overtaken() -> None:
        writer.session.commit()
        if taken:
            return
        with Session(writer.session.get_bind()) as other:
            claimed = claims.claim_copy(other, message_id, now=writer.now + 2 * claims.LEASE)
            assert claimed is not None
            taken.append(claimed.copy_epoch)
            other.commit()

    sending.filing.run(writer.session, message.id, replace(writer.filing_tools, publish=commit_and_be_overtaken))
    writer.session.refresh(message)
    assert message.copy_lease_until is not None
    assert message.copy_outcome is None
    assert message.copy_epoch == taken[0]


def test_copies_of_an_account_that_is_gone_are_given_up(writer: Writer, sent):
    messages = sent(1, 3)
    accounts.remove(writer.session, its_account(writer, messages))
    writer.session.commit()
    sweep(writer)
    assert states(writer, messages) == {CopyState.FAILED}

"""What others do, or time does, while a message is handed over or sent: nothing of it makes two messages of one."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy import delete, event
from sqlalchemy.orm import Session

from app import accounts, sending
from app.mail.connection import Connection
from app.mail.failures import StepFailed
from app.mail.outcomes import Outcome
from app.models import Account, CopyState, Hindrance, MessageState, OutgoingMessage, RoundTripState
from app.models.database import engine_for
from app.sending import AccountGone, MessageBusy, Typed, WatchTools
from app.sending.compose import Letter, Rendered, compose
from app.sending.outcomes import MOST_ATTEMPTS
from app.sending.queries import may_edit
from app.vault import Vault, generate_key
from tests.fakes.mail_server import Peer, Reply, ScriptedServer, serving, smtp, taking
from tests.integration.sending.conftest import Writer
from tests.servers.waiting import somebody_waits, wait_until


@contextmanager
def somebody_else(writer: Writer) -> Iterator[Session]:
    engine = engine_for(writer.url)
    with Session(engine) as session:
        yield session
    engine.dispose()


def states(writer: Writer, messages: list[OutgoingMessage]) -> list[MessageState]:
    for message in messages:
        writer.session.refresh(message)
    return [message.state for message in messages]


@pytest.fixture
def serve() -> Iterator[type[ScriptedServer]]:
    with ExitStack() as stack:
        yield lambda **replies: stack.enter_context(serving(smtp(replies=replies)))


@pytest.mark.parametrize(
    ("reply", "state"),
    [(b"250 2.0.0 queued\r\n", MessageState.SENT), (lambda peer: peer.close(), MessageState.UNCERTAIN)],
)
def test_time_that_ends_with_the_final_dot_sends_nothing_twice(
    writer: Writer, serve, monkeypatch, reply: Reply, state: MessageState
):
    really_send = Connection.sendall

    def send_and_be_late(self: Connection, data: bytes) -> None:
        really_send(self, data)
        if data.endswith(b".\r\n") and len(data) <= len(b"\r\n.\r\n"):
            raise StepFailed(Outcome.TIMEOUT_TOTAL)

    monkeypatch.setattr(Connection, "sendall", send_and_be_late)
    server = serve(DATA=taking(reply))
    message = writer.send(writer.write(writer.account(server.port)))
    assert message.state is state
    writer.later(hours=1)
    assert writer.send(message).state is state
    assert server.sent(b"DATA\r\n") == 1


def test_an_older_text_that_is_kept_while_the_message_is_handed_over_comes_too_late(writer: Writer):
    account, other = writer.account(), writer.account(email="ola@skrzynka.test", imap_username="ola")
    message = writer.write(account, subject="Gotowe", queue=False)
    found: list[type[Exception] | None] = []
    arrived = threading.Event()

    def keep_older_text() -> None:
        with somebody_else(writer) as session:
            event.listen(session.get_bind(), "before_cursor_execute", note_the_first_write)
            try:
                typed = Typed(other.id, to="jan@firma.test", subject=" Goto", text="Dzień")
                sending.save_draft(session, message.id, writer.user.id, typed, now=writer.now)
                session.commit()
                found.append(None)
            except MessageBusy:
                found.append(MessageBusy)

    def note_the_first_write(_connection, _cursor, statement: str, *_: object) -> None:
        # From here on SQLite lets nobody pass before our commit.
        if not statement.startswith("SELECT"):
            arrived.set()

    to = sending.Addressed(sending.parse("jan@firma.test"))
    account_id, _other_id = account.id, other.id
    sending.queue(writer.session, message, account, to, "skrzynka.test", now=writer.now)
    late = threading.Thread(target=keep_older_text)
    late.start()
    if writer.session.get_bind().dialect.name == "postgresql":
        wait_until(lambda: somebody_waits(writer.session.get_bind()), "the older text to wait for the message")
    assert arrived.wait(20)
    writer.session.commit()
    late.join(timeout=20)
    assert found == [MessageBusy]
    writer.session.refresh(message)
    assert (message.state, message.subject, message.account_id) == (MessageState.QUEUED, "Gotowe", account_id)


def test_the_next_message_that_cannot_be_written_does_not_cost_the_answer_to_this_one(
    writer: Writer, serve, monkeypatch
):
    def fail_at_the_second(letter: Letter) -> Rendered:
        if letter.head.subject == "Number 1":
            raise RuntimeError("secret-canary")
        return compose(letter)

    account = writer.account(serve().port)
    messages = [writer.write(account, subject=f"Number {number}") for number in range(3)]
    monkeypatch.setattr("app.sending.transfers.compose", fail_at_the_second)
    writer.send(messages[0])
    assert states(writer, messages) == [MessageState.SENT, MessageState.FAILED, MessageState.SENT]
    assert messages[1].outcome == Hindrance.NOT_WRITTEN


def test_an_account_that_is_switched_off_sends_nothing_more(writer: Writer, serve):
    def switch_off(peer: Peer) -> None:
        with somebody_else(writer) as session:
            accounts.deactivate(session, session.get_one(Account, account_id))
            session.commit()
        taking(b"250 2.0.0 queued\r\n")(peer)

    server = serve(DATA=switch_off)
    account = writer.account(server.port)
    account_id = account.id
    messages = [writer.write(account, subject=f"Number {number}") for number in range(4)]
    writer.send(messages[0])
    assert states(writer, messages) == [MessageState.SENT, *[MessageState.QUEUED] * 3]
    # And whoever finds it switched off says so about all of them.
    writer.send(messages[1])
    assert states(writer, messages) == [MessageState.SENT, *[MessageState.FAILED] * 3]
    assert {message.outcome for message in messages[1:]} == {Hindrance.ACCOUNT_INACTIVE}
    assert server.sent(b"DATA\r\n") == 1


def test_a_message_that_somebody_gets_while_it_is_looked_at_is_no_draft_again(writer: Writer, serve, monkeypatch):
    looked, delivered = threading.Event(), threading.Event()
    found: list[type[Exception] | None] = []

    def look_for_long(message: OutgoingMessage) -> bool:
        allowed = may_edit(message)
        looked.set()
        return delivered.wait(20) and allowed

    def take_back() -> None:
        with somebody_else(writer) as session:
            try:
                sending.take_back(session, session.get_one(OutgoingMessage, message_id), now=writer.now)
                session.commit()
                found.append(None)
            except MessageBusy:
                found.append(MessageBusy)

    person = threading.Thread(target=take_back)

    def let_somebody_look(peer: Peer) -> None:
        person.start()
        assert looked.wait(20)
        peer.send(b"250 ok\r\n")

    def put_off_ola(peer: Peer) -> None:
        peer.send(b"450 4.2.0 later\r\n" if b"ola@" in peer.line else b"250 ok\r\n")

    monkeypatch.setattr("app.sending.operations.may_edit", look_for_long)
    server = serve(MAIL=let_somebody_look, RCPT=put_off_ola)
    message = writer.write(writer.account(server.port), "jan@firma.test, ola@firma.test")
    message_id = message.id
    assert writer.send(message).state is MessageState.QUEUED
    delivered.set()
    person.join(timeout=20)
    assert found == [MessageBusy]
    writer.session.refresh(message)
    assert message.state is MessageState.QUEUED
    assert writer.states(message) == ["sent", "waiting"]


def test_an_account_that_is_deleted_takes_no_message(writer: Writer):
    account = writer.account()
    message = writer.write(account, queue=False)
    assert account.active
    with somebody_else(writer) as session:
        session.execute(delete(Account))
        session.commit()
    to = sending.Addressed(sending.parse("jan@firma.test"))
    with pytest.raises(AccountGone):
        sending.queue(writer.session, message, account, to, "skrzynka.test", now=writer.now)
    writer.session.rollback()
    assert states(writer, [message]) == [MessageState.DRAFT]


def test_a_message_that_was_lost_every_time_does_not_come_back_for_ever(writer: Writer, serve):
    server = serve()
    message = writer.write(writer.account(server.port))
    message.attempts = MOST_ATTEMPTS
    writer.session.commit()
    assert (writer.send(message).state, message.outcome) == (MessageState.FAILED, Outcome.INTERNAL)
    assert server.sent(b"MAIL") == 0


def test_no_server_is_asked_without_a_password(writer: Writer, serve):
    server = serve()
    account = writer.account(server.port, imap_port=server.port)
    message = writer.send(writer.write(account))
    trip = sending.round_trips.start(
        writer.session, account, writer.user.id, "skrzynka.test", subject="Test", text="Test.", now=writer.now
    )
    writer.session.commit()
    asked = server.connections
    writer.vault = Vault({"k2": generate_key()})
    writer.file_copy(message)
    assert (message.copy_state, message.copy_outcome) == (CopyState.FAILED, Hindrance.SECRET_UNREADABLE)
    tools = WatchTools(writer.vault, writer.filing_tools.open_mailbox, lambda: writer.now, writer.session.commit)
    sending.round_trips.watch(writer.session, trip, tools)
    writer.session.refresh(trip)
    assert (trip.state, trip.outcome) == (RoundTripState.UNREADABLE, Hindrance.SECRET_UNREADABLE)
    assert server.connections == asked

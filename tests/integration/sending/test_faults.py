"""Rows 107-119 of the fault table and their neighbours: what servers do to a message, and what comes of it.

Each is played twice, as it comes and byte by byte; what counts is how many copies the server has taken.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from app import sending
from app.models import Account, CopyState, MessageState, OutgoingMessage, RecipientState
from tests.fakes.mail_server import Peer, Reply, ScriptedServer, serving, smtp, taking
from tests.integration.sending.conftest import Writer
from tests.servers.ports import free_ports

TO = "jan@firma.test, ola@firma.test"


class Stage:
    """Plays one outgoing server; ``taken`` are the messages that it has said yes to."""

    def __init__(self, writer: Writer, bytewise: bool, stack: ExitStack) -> None:
        self.writer = writer
        self._bytewise = bytewise
        self._stack = stack
        self.server: ScriptedServer

    def __call__(self, to: str = TO, **replies: Reply) -> OutgoingMessage:
        """Write a message, and send it over a server that answers like this."""
        self.server = self._stack.enter_context(serving(smtp(replies=replies), bytewise=self._bytewise))
        return self.writer.send(self.writer.write(self.writer.account(self.server.port), to))

    def again(self, message: OutgoingMessage, *, minutes: float = 2, **replies: Reply) -> OutgoingMessage:
        """Let time pass and another server answer in the place of the first one."""
        self.server = self._stack.enter_context(serving(smtp(replies=replies), bytewise=self._bytewise))
        self.writer.session.get_one(Account, message.account_id).smtp_port = self.server.port
        self.writer.later(minutes=minutes)
        self.writer.session.commit()
        return self.writer.send(message)


@pytest.fixture(params=["at once", "byte by byte"])
def play(request: pytest.FixtureRequest, writer: Writer) -> Iterator[Stage]:
    with ExitStack() as stack:
        yield Stage(writer, request.param == "byte by byte", stack)


def by_address(**answers: bytes) -> Reply:
    """Return a reply to RCPT that depends on the local part."""

    def reply(peer: Peer) -> None:
        local = peer.line.decode().partition("<")[2].partition("@")[0]
        peer.send(answers.get(local, b"250 ok\r\n"))

    return reply


def close(peer: Peer) -> None:
    peer.close()


def reset(peer: Peer) -> None:
    peer.reset()


def test_one_of_two_recipients_refused_is_partial(play: Stage):
    message = play(RCPT=by_address(jan=b"550 5.1.1 <jan@firma.test> no such user\r\n"))
    assert message.state is MessageState.PARTIAL
    jan, ola = message.recipients
    assert (jan.state, jan.outcome) == (RecipientState.REFUSED, "rejected_recipient")
    assert jan.server_text == "550 5.1.1 <jan@firma.test> no such user"
    assert (ola.state, ola.outcome) == (RecipientState.SENT, "ok")
    assert message.copy_state is CopyState.PENDING
    assert play.server.sent(b"\r\nDATA\r\n") == 1


def test_all_recipients_refused_is_failed_and_not_tried_again(play: Stage):
    message = play(RCPT=b"550 5.1.1 unknown\r\n")
    assert message.state is MessageState.FAILED
    assert play.server.sent(b"DATA") == 0
    assert message.copy_state is CopyState.NONE
    again = play.again(message, minutes=600)
    assert again.state is MessageState.FAILED
    assert play.server.connections == 0


def test_greylisting_waits_and_sends_one_copy(play: Stage):
    message = play(RCPT=b"450 4.2.0 greylisted\r\n")
    assert message.state is MessageState.QUEUED
    assert 48 <= (message.due_at - play.writer.now).total_seconds() <= 72
    assert play.server.sent(b"DATA") == 0
    assert play.again(message).state is MessageState.SENT
    assert play.server.sent(b"Message-ID: " + message.message_id.encode()) == 1


def test_only_who_was_put_off_is_tried_again(play: Stage):
    message = play(RCPT=by_address(ola=b"451 4.3.0 later\r\n"))
    assert message.state is MessageState.QUEUED
    assert play.writer.states(message) == ["sent", "waiting"]
    assert play.again(message).state is MessageState.SENT
    assert play.server.sent(b"RCPT TO:<jan") == 0
    assert play.server.sent(b"RCPT TO:<ola@firma.test>") == 1


def test_goodbye_at_a_recipient_sends_later_and_once(play: Stage):
    message = play(RCPT=by_address(ola=b"421 4.3.2 closing\r\n"))
    assert message.state is MessageState.QUEUED
    assert play.writer.states(message) == ["waiting", "waiting"]
    assert play.server.sent(b"DATA") == 0
    assert play.again(message).state is MessageState.SENT


@pytest.mark.parametrize("reply", [b"451 4.3.0 try again\r\n", b"421 4.4.2 bye\r\n", b"452 4.3.1 no space\r\n"])
def test_put_off_after_the_final_dot_is_sent_later(play: Stage, reply: bytes):
    message = play(DATA=taking(reply))
    assert message.state is MessageState.QUEUED
    assert play.writer.states(message) == ["waiting", "waiting"]
    assert play.again(message).state is MessageState.SENT
    assert play.server.sent(b"DATA\r\n") == 1


@pytest.mark.parametrize("reply", [b"552 5.3.4 Message too big\r\n", b"552 Message size exceeds maximum\r\n"])
def test_too_large_after_the_content(play: Stage, reply: bytes):
    message = play(DATA=taking(reply))
    assert (message.state, message.recipients[0].outcome) == (MessageState.FAILED, "too_large")


def test_a_size_that_the_server_refuses_beforehand_sends_no_content(play: Stage):
    message = play(EHLO=b"250-x\r\n250-SIZE 100\r\n250 AUTH PLAIN\r\n")
    assert (message.state, message.outcome) == (MessageState.FAILED, "too_large")
    assert play.server.sent(b"MAIL") == play.server.sent(b"DATA") == 0


@pytest.mark.parametrize(
    "ehlo", [b"250-SIZE 0\r\n", b"250-SIZE\r\n", b"250-SIZE x\r\n", b"250-SIZE 99999999999999999999\r\n"]
)
def test_a_size_that_says_nothing_limits_nothing(play: Stage, ehlo: bytes):
    message = play(EHLO=b"250-x\r\n" + ehlo + b"250 AUTH PLAIN\r\n")
    assert message.state is MessageState.SENT
    assert play.server.sent(b" SIZE=") == 1


def test_content_that_is_refused_says_why(play: Stage):
    message = play(DATA=taking(b"550 5.7.1 spam detected\r\n"))
    assert message.state is MessageState.FAILED
    assert {row.outcome for row in message.recipients} == {"rejected_content"}
    assert message.recipients[0].server_text == "550 5.7.1 spam detected"


@pytest.mark.parametrize("end", [close, reset, b"", b"rubbish\r\n", b"354 more?\r\n"])
def test_no_word_after_the_final_dot_is_uncertain_and_never_sent_again_by_itself(play: Stage, end: Reply, monkeypatch):
    for module in ("running", "transfers"):
        monkeypatch.setattr(f"app.sending.{module}.SEND_SECONDS", 1.5)
    silent = (lambda peer: peer.wait_for_end()) if end == b"" else end
    message = play(DATA=taking(silent))
    assert message.state is MessageState.UNCERTAIN
    assert play.writer.states(message) == ["uncertain", "uncertain"]
    assert message.copy_state is CopyState.NONE
    again = play.again(message, minutes=60 * 24)
    play.writer.sweep()
    assert again.state is MessageState.UNCERTAIN
    assert play.server.connections == 0


def test_a_person_may_send_again_what_is_uncertain(play: Stage):
    message = play(DATA=taking(close))
    sent_before = message.message_id
    with pytest.raises(sending.MessageBusy):
        sending.retry(play.writer.session, message, despite_uncertainty=False, now=play.writer.now)
    sending.retry(play.writer.session, message, despite_uncertainty=True, now=play.writer.now)
    play.writer.session.commit()
    assert play.again(message).state is MessageState.SENT
    assert message.message_id == sent_before


@pytest.mark.parametrize("end", [close, reset])
def test_a_connection_lost_within_the_content_is_tried_again(play: Stage, end: Reply):
    def drop(peer: Peer) -> None:
        peer.send(b"354 go ahead\r\n")
        peer.readline()
        end(peer)

    server = smtp(replies={"DATA": drop})
    play.server = play._stack.enter_context(serving(server))
    files = (("big.bin", b"x" * 4_000_000),)
    message = play.writer.send(play.writer.write(play.writer.account(play.server.port), TO, files=files))
    assert message.state is MessageState.QUEUED
    assert play.again(message).state is MessageState.SENT


def test_a_farewell_that_fails_changes_nothing(play: Stage):
    message = play(QUIT=reset)
    assert message.state is MessageState.SENT
    play.writer.later(hours=1)
    assert play.writer.send(message).state is MessageState.SENT
    assert play.server.sent(b"DATA\r\n") == 1


@pytest.mark.parametrize("reply", [b"554 5.5.1 no valid recipients\r\n", b"503 5.5.1 no\r\n"])
def test_data_refused_is_no_success(play: Stage, reply: bytes):
    assert play(DATA=reply).state is MessageState.FAILED


def test_a_refused_sender_fails_the_message_and_names_the_reason(play: Stage):
    message = play(MAIL=b"553 5.7.1 not owned by user\r\n")
    assert (message.state, message.outcome) == (MessageState.FAILED, "rejected_sender")
    assert message.server_text == "553 5.7.1 not owned by user"


def test_a_sender_put_off_is_tried_again(play: Stage):
    message = play(MAIL=b"451 4.3.0 busy\r\n")
    assert (message.state, message.outcome) == (MessageState.QUEUED, "server_busy")
    assert play.again(message).state is MessageState.SENT


def test_a_wrong_password_fails_all_that_is_due_with_one_login(play: Stage):
    server = play._stack.enter_context(serving(smtp(replies={"AUTH": b"535 5.7.8 bad credentials\r\n"})))
    account = play.writer.account(server.port)
    messages = [play.writer.write(account) for _ in range(4)]
    play.writer.send(messages[0])
    for message in messages:
        play.writer.session.refresh(message)
        assert (message.state, message.outcome) == (MessageState.FAILED, "auth_failed")
    assert server.sent(b"AUTH PLAIN") == 1


def test_a_server_that_is_away_puts_off_all_that_is_due(play: Stage):
    account = play.writer.account(*free_ports(1))
    messages = [play.writer.write(account) for _ in range(3)]
    play.writer.send(messages[0])
    for message in messages:
        play.writer.session.refresh(message)
        assert message.state is MessageState.QUEUED
        assert message.due_at > play.writer.now


def test_tries_grow_rare_and_end(play: Stage):
    message = play(RCPT=b"450 4.2.0 later\r\n")
    waits = []
    for _ in range(5):
        waits.append(round((message.due_at - play.writer.now).total_seconds() / 60))
        play.writer.now = message.due_at
        play.writer.send(message)
    assert waits == [1, 5, 15, 60, 60]
    message.attempts = 49
    play.writer.now = message.due_at
    play.writer.session.commit()
    assert play.writer.send(message).state is MessageState.FAILED
    assert message.recipients[0].server_text == "450 4.2.0 later"


def test_several_messages_travel_over_one_connection(play: Stage):
    server = play._stack.enter_context(serving(smtp()))
    account = play.writer.account(server.port)
    messages = [play.writer.write(account, subject=f"Number {number}") for number in range(5)]
    play.writer.send(messages[0])
    for message in messages:
        play.writer.session.refresh(message)
        assert message.state is MessageState.SENT
    assert (server.connections, server.sent(b"DATA\r\n")) == (1, 5)


def test_a_refused_message_does_not_stop_the_next_one(play: Stage):
    server = play._stack.enter_context(serving(smtp(replies={"RCPT": by_address(jan=b"550 no\r\n")})))
    account = play.writer.account(server.port)
    first = play.writer.write(account, "jan@firma.test")
    play.writer.later(seconds=1)
    second = play.writer.write(account, "ola@firma.test")
    play.writer.send(first)
    play.writer.session.refresh(second)
    assert (first.state, second.state) == (MessageState.FAILED, MessageState.SENT)
    assert server.connections == 1


def test_what_is_on_the_wire_has_whole_lines_and_doubled_dots(play: Stage):
    text = ".\n..two\nlone\rcarriage\nnul\0 here\n" + "x" * 3000 + "\n.hidden"
    server = play._stack.enter_context(serving(smtp()))
    message = play.writer.write(play.writer.account(server.port), text=text, files=(("dots.txt", b".\r\n.\n\r.\0"),))
    assert play.writer.send(message).state is MessageState.SENT
    wire = bytes(server.received[-1]).partition(b"DATA\r\n")[2].partition(b"QUIT")[0]
    assert wire.count(b"\n") == wire.count(b"\r\n") == wire.count(b"\r")
    assert b"\0" not in wire
    assert max(len(line) for line in wire.split(b"\r\n")) <= 998
    assert wire.count(b"\r\n.\r\n") == 1
    assert not [line for line in wire.split(b"\r\n") if line.startswith(b".") and line[:2] != b".." and line != b"."]


def test_international_recipients_need_smtputf8(play: Stage):
    message = play(to="żółw@firma.test, jan@firma.test")
    assert (message.state, message.outcome) == (MessageState.FAILED, "recipient_unsupported")
    assert play.server.sent(b"DATA") == 0


def test_international_recipients_are_told_where_smtputf8_is_offered(play: Stage):
    ehlo = b"250-x\r\n250-SMTPUTF8\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n"
    message = play(to="żółw@firma.test", EHLO=ehlo)
    assert message.state is MessageState.SENT
    wire = bytes(play.server.received[-1]).decode()
    assert "BODY=8BITMIME SMTPUTF8\r\nRCPT TO:<żółw@firma.test>\r\n" in wire
    assert "To: żółw@firma.test\r\n" in wire


def test_a_hidden_international_recipient_is_refused_alone(play: Stage):
    server = play._stack.enter_context(serving(smtp()))
    message = play.writer.write(play.writer.account(server.port), "jan@firma.test", bcc="żółw@firma.test")
    assert play.writer.send(message).state is MessageState.PARTIAL
    assert play.writer.states(message) == ["sent", "refused"]
    assert "żółw".encode() not in bytes(server.received[-1])


def test_hidden_recipients_stand_in_the_envelope_only(play: Stage):
    server = play._stack.enter_context(serving(smtp()))
    message = play.writer.write(play.writer.account(server.port), "jan@firma.test", bcc="szef@firma.test")
    assert play.writer.send(message).state is MessageState.SENT
    assert server.sent(b"szef@firma.test") == 1
    assert server.sent(b"bcc") == 0


def test_a_password_never_reaches_what_is_shown(play: Stage):
    message = play(RCPT=b"550 your password secret-canary is wrong\r\n")
    assert "secret-canary" not in (message.recipients[0].server_text or "")

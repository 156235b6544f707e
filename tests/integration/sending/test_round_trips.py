"""Test messages to oneself: looked for now and then, kept for a week, and gone with their account."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app import accounts, sending
from app.clock import Clock
from app.mail.outcomes import Outcome
from app.models import MessageState, OutgoingMessage, RoundTrip, RoundTripState
from app.sending import WatchTools
from tests.fakes.mail_server import Peer, ScriptedServer, imap, serving


def inbox(*found: bytes) -> Callable[[Peer], None]:
    """Return what answers one search after the other with the numbers of messages."""
    left = iter(found)
    return lambda peer: peer.send(b"* SEARCH %s\r\n%s OK done\r\n" % (next(left), peer.line.split()[0]))


@pytest.fixture
def server():
    """A server on which the message arrives between the second look and the third."""
    with serving(imap(replies={"UID": inbox(b"", b"", b"7")})) as running:
        yield running


def waited_for(writer, server: ScriptedServer, state: MessageState = MessageState.SENT) -> RoundTrip:
    trip_id, message_id = start(writer, writer.account(imap_port=server.port))
    message = writer.session.get_one(OutgoingMessage, message_id)
    message.state, message.sent_at = state, writer.now
    writer.session.commit()
    return writer.session.get_one(RoundTrip, trip_id)


def look(writer, trip: RoundTrip, clock: Clock | None = None) -> timedelta | None:
    """Do what the job does."""
    open_mailbox = writer.filing_tools.open_mailbox
    tools = WatchTools(writer.vault, open_mailbox, clock or (lambda: writer.now), writer.session.commit)
    return sending.round_trips.watch(writer.session, trip, tools)


def test_the_longer_a_message_takes_the_rarer_it_is_looked_for(writer, server):
    trip = waited_for(writer, server)
    assert look(writer, trip) == timedelta(seconds=1)
    writer.later(seconds=20)
    assert look(writer, trip) == timedelta(seconds=10)
    assert trip.state is RoundTripState.RUNNING
    writer.later(seconds=10)
    assert look(writer, trip) is None
    assert (trip.state, trip.seen_at) == (RoundTripState.SEEN, writer.now)
    assert server.connections == server.sent(b"AUTHENTICATE") == server.sent(b"LOGOUT") == 3


def test_it_is_looked_for_every_fifteen_seconds_at_least(writer, server):
    trip = waited_for(writer, server)
    writer.later(seconds=90)
    assert look(writer, trip) == timedelta(seconds=15)


def test_no_server_is_asked_before_the_message_has_left(writer, server):
    trip = waited_for(writer, server, MessageState.QUEUED)
    writer.later(seconds=60)
    assert look(writer, trip) == timedelta(seconds=1)
    assert server.connections == 0


def test_a_message_that_was_refused_is_not_looked_for(writer, server):
    trip = waited_for(writer, server, MessageState.FAILED)
    assert look(writer, trip) is None
    assert (trip.state, server.connections) == (RoundTripState.NOT_SENT, 0)


def test_after_two_minutes_it_is_looked_for_no_more(writer, server):
    trip = waited_for(writer, server)
    writer.later(minutes=2)
    assert look(writer, trip) is None
    assert (trip.state, server.connections) == (RoundTripState.NOT_SEEN, 0)


def test_what_was_cancelled_is_not_looked_for(writer, server):
    trip = waited_for(writer, server)
    sending.round_trips.cancel(writer.session, trip)
    writer.session.commit()
    assert look(writer, trip) is None
    assert (trip.state, server.connections) == (RoundTripState.CANCELLED, 0)


def test_a_look_takes_no_longer_than_a_connection_test(writer, monkeypatch):
    monkeypatch.setattr(sending.round_trips, "_LOOK_SECONDS", 0.2)
    with serving(imap(replies={"EXAMINE": Peer.wait_for_end})) as silent:
        trip = waited_for(writer, silent)
        assert look(writer, trip) is None
    assert (trip.state, trip.outcome) == (RoundTripState.UNREADABLE, Outcome.TIMEOUT_TOTAL)


def test_a_look_that_the_end_of_the_two_minutes_breaks_off_means_that_nothing_came(writer):
    with serving(imap(replies={"EXAMINE": Peer.wait_for_end})) as silent:
        trip = waited_for(writer, silent)
        moments = iter(writer.now + timedelta(seconds=seconds) for seconds in (119.8, 119.8, 120))
        assert look(writer, trip, lambda: next(moments)) is None
    assert trip.state is RoundTripState.NOT_SEEN


def start(writer, account) -> tuple[str, str]:
    """Start a test message and return its id and that of the message."""
    trip = sending.round_trips.start(
        writer.session, account, writer.user.id, "skrzynka.test", subject="Test", text="Test.", now=writer.now
    )
    writer.session.commit()
    return trip.id, trip.message_id


def stored(writer, trip_id: str, message_id: str) -> list[bool]:
    writer.session.expire_all()
    found = (writer.session.get(RoundTrip, trip_id), writer.session.get(OutgoingMessage, message_id))
    return [row is not None for row in found]


def test_a_test_message_is_forgotten_after_a_week_and_a_written_one_is_not(writer):
    account = writer.account()
    written, ids = writer.write(account), start(writer, account)
    writer.later(days=6, hours=23)
    younger = start(writer, account)
    sending.round_trips.forget_expired(writer.session, now=writer.now)
    writer.session.commit()
    assert stored(writer, *ids) == [True, True]
    writer.later(hours=2)
    sending.round_trips.forget_expired(writer.session, now=writer.now)
    writer.session.commit()
    assert stored(writer, *ids) == [False, False]
    assert stored(writer, *younger) == [True, True]
    assert sending.list_own(writer.session, writer.user.id) == [written]


def test_a_test_message_goes_with_its_account_and_a_written_one_stays(writer):
    account = writer.account()
    written, ids = writer.write(account), start(writer, account)
    sending.round_trips.forget_account(writer.session, account)
    accounts.remove(writer.session, account)
    writer.session.commit()
    assert stored(writer, *ids) == [False, False]
    assert sending.list_own(writer.session, writer.user.id) == [written]

"""Test messages to oneself are kept for a week, and go with their account."""

from app import accounts, sending
from app.models import OutgoingMessage, RoundTrip


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

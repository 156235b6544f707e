"""Wipes what has expired, so that secrets stay in the database no longer than somebody needs them."""

from app import clock, connection_tests, embed, sending, stationery, users
from app.autodiscovery import lookups
from app.extensions import db


def run() -> None:
    """Forget expired connection tests with their passwords, links, designs that nobody saved, and old lookups."""
    now = clock.now()
    connection_tests.forget_expired(db.session, now=now)
    users.forget_expired(db.session, now=now)
    embed.forget_expired(db.session, now=now)
    stationery.forget_expired(db.session, now=now)
    sending.round_trips.forget_expired(db.session, now=now)
    lookups.forget_expired(db.session, now=now)
    db.session.commit()

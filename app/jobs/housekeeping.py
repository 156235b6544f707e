"""Wipes what has expired, so that secrets stay in the database no longer than somebody needs them."""

from app import clock, connection_tests, embed, users
from app.extensions import db


def run() -> None:
    """Forget expired connection tests, their passwords among them, and expired links."""
    now = clock.now()
    connection_tests.forget_expired(db.session, now=now)
    users.forget_expired(db.session, now=now)
    embed.forget_expired(db.session, now=now)
    db.session.commit()

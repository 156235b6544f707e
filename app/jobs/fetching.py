"""Deletes mail that nobody sees any more; fetching itself needs no queue (``app.fetcher``)."""

from datetime import timedelta

from app import clock, fetching
from app.extensions import db

# A message that was stored a moment ago may not have got its place yet.
UNPLACED = timedelta(days=1)


def forget() -> None:
    """Delete mail of accounts that are gone, some at a time."""
    before = clock.now() - UNPLACED
    done: str | None = ""
    while done is not None:
        done = fetching.forget_unplaced(db.session, before=before, after=done)
        db.session.commit()

"""Sends messages, files their copies, looks for test messages, and takes up what a lost worker has left."""

import random
from datetime import timedelta
from functools import partial

from app import clock, sending
from app.extensions import current_config, db, lasting, queue
from app.mail.sent_copy import mailbox
from app.mail.submission import submission
from app.models import RoundTrip
from app.sending import FilingTools, Tools, WatchTools


@lasting(timedelta(minutes=12))
def send(message_id: str) -> None:
    """Send a message, and what else is due for its account; then have the copies filed."""
    config = current_config()
    connect = partial(submission, rules=config.network)
    tools = Tools(config.vault, connect, clock.now, db.session.commit, random.random)
    account_id = sending.run(db.session, message_id, tools)
    if account_id is not None:
        for first in sending.due_copies(db.session, now=clock.now(), account_id=account_id):
            queue.enqueue(file_copy, first)


@lasting(timedelta(minutes=6))
def file_copy(message_id: str) -> None:
    """Put a copy into the Sent folder, and the other copies that are due for the same account."""
    config = current_config()
    open_mailbox = partial(mailbox, rules=config.network)
    tools = FilingTools(config.vault, open_mailbox, clock.now, db.session.commit, random.random)
    sending.filing.run(db.session, message_id, tools)


def watch(round_trip_id: str) -> None:
    """Look for a test message, once; if it is not there yet, another job looks later."""
    config = current_config()
    round_trip = db.session.get(RoundTrip, round_trip_id)
    if round_trip is not None:
        open_mailbox = partial(mailbox, rules=config.network)
        tools = WatchTools(config.vault, open_mailbox, clock.now, db.session.commit)
        again_in = sending.round_trips.watch(db.session, round_trip, tools)
        if again_in is not None:
            queue.enqueue_in(again_in, watch, round_trip_id)


def sweep() -> None:
    """Call uncertain what nobody sends any more, and enqueue what is due and does not wait yet."""
    now = clock.now()
    sending.give_up_lost(db.session, now=now)
    sending.round_trips.give_up_lost(db.session, now=now)
    db.session.commit()
    queue.enqueue_missing(send, [(each,) for each in sending.idle_accounts_due(db.session, now=now)])
    queue.enqueue_missing(file_copy, [(each,) for each in sending.due_copies(db.session, now=now)])

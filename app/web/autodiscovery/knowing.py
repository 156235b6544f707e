"""What is known about an address, and having somebody ask the network for more: this process never does."""

from dataclasses import replace

from flask import current_app, g
from limits import parse_many
from redis.exceptions import RedisError

from app import clock, jobs
from app.autodiscovery import Found, domain_of, lookups
from app.extensions import QueueUnavailable, db, limiter, queue
from app.web.access import current_owner
from app.web.visit import current_visit


def known_about(email: str) -> Found | None:
    """Return what is known about ``email``; None while it is not yet an address. Looked for once in a request.

    What other accounts have proven is told to those only who see the accounts anyway.
    """
    cached: dict[str, Found | None] = g.setdefault("known_about", {})
    if email not in cached:
        cached[email] = lookups.known(db.session, email, now=clock.now(), among_accounts=current_visit() is None)
    return cached[email]


def look_up(email: str) -> None:
    """Have the network asked about ``email`` if that is of use, and not too often for one person."""
    found, domain = known_about(email), domain_of(email)
    if found is None or domain is None or not found.unasked:
        return
    lookup_id = lookups.ask(db.session, domain, now=clock.now())
    if lookup_id is None or not _has_room():
        db.session.rollback()
        return
    db.session.commit()
    under_way = True
    try:
        queue.enqueue(jobs.autodiscovery.run, lookup_id)
    except QueueUnavailable:
        # The general rule has to do.
        lookups.give_up(db.session, lookup_id, now=clock.now())
        db.session.commit()
        under_way = False
    g.known_about[email] = replace(found, under_way=under_way, unasked=False)


def _has_room() -> bool:
    """Count a lookup: each one knocks at doors of somebody's choice."""
    try:
        limits = parse_many(current_app.config["LOOKUPS_PER_PERSON"])
        return all(limiter.limiter.hit(limit, "lookups-by-owner", str(current_owner())) for limit in limits)
    except RedisError:
        return True  # Redis is away, and with it the queue

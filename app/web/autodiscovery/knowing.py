"""What is known about an address, and having somebody ask the network for more: this process never does."""

from dataclasses import replace

from flask import g

from app import clock, jobs
from app.autodiscovery import Found, domain_of, lookups
from app.extensions import QueueUnavailable, db, queue
from app.mail.owners import organisation_of
from app.web.access import current_owner
from app.web.pacing import put_off_until
from app.web.visit import current_visit


def known_about(email: str) -> Found | None:
    """Return what is known about ``email``; None while it is not yet an address. Looked for once in a request.

    What other accounts have proven is told to those only who see the accounts anyway.
    """
    cached: dict[str, Found | None] = g.setdefault("known_about", {})
    if email not in cached:
        cached[email] = lookups.known(db.session, email, now=clock.now(), among_accounts=current_visit() is None)
    return cached[email]


def look_up(email: str, *, again: bool) -> None:
    """Have the network asked about ``email`` if that is of use, and not too often for one person or of one owner.

    ``again``: only if somebody has asked before. A page that looks again may do so in the middle of another address.
    """
    found = known_about(email)
    domain = domain_of(email) if found is not None and found.unasked else None
    if found is None or domain is None or (again and lookups.find_lookup(db.session, domain) is None):
        return
    asked_at = clock.now()
    lookup_id = lookups.ask(db.session, domain, now=asked_at)
    if lookup_id is None or not _has_room(domain):
        db.session.rollback()
        return
    db.session.commit()
    found = replace(found, asked_at=asked_at, unasked=False, complete=True)
    try:
        queue.enqueue(jobs.autodiscovery.run, lookup_id)
    except QueueUnavailable:
        # The general rule has to do.
        lookups.give_up(db.session, domain, now=clock.now())
        db.session.commit()
        found = replace(found, asked_at=None, complete=False)
    g.known_about[email] = found


def _has_room(domain: str) -> bool:
    """Count a lookup: each one knocks at doors of somebody's choice.

    A domain has subdomains without end, and a site hands out links to whoever asks, each a person of its own.
    """
    counted = (
        ("LOOKUPS_PER_PERSON", "lookups-by-owner", str(current_owner())),
        ("LOOKUPS_PER_ORGANISATION", "lookups-of-organisation", organisation_of(domain)),
    )
    return put_off_until(counted) is None

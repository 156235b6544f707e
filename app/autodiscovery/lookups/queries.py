"""Reads: what is known about an address without asking anybody outside."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.autodiscovery import providers
from app.autodiscovery.discovering import Findings
from app.autodiscovery.found import Found, put_together
from app.autodiscovery.lookups.learned import learned
from app.autodiscovery.lookups.stored import from_json
from app.autodiscovery.offers import Offer
from app.autodiscovery.ranking import winner
from app.autodiscovery.sources.reach import anybody_at
from app.autodiscovery.suggest import domain_of
from app.mail.settings import Side
from app.models import Lookup

# A lookup takes eight seconds, and a little to begin; whoever is silent for longer has died.
LOOKUP_LIFE = timedelta(seconds=20)


def find_lookup(session: Session, domain: str) -> Lookup | None:
    """Return what was last asked about ``domain``."""
    return session.scalar(select(Lookup).where(Lookup.domain == domain))


def is_under_way(lookup: Lookup, *, now: datetime) -> bool:
    """Say whether somebody still works on it."""
    return lookup.findings is None and now - lookup.asked_at <= LOOKUP_LIFE


def is_good(lookup: Lookup, *, now: datetime) -> bool:
    """Say whether what was found is still believed."""
    return lookup.findings is not None and lookup.good_until is not None and now < lookup.good_until


def known(session: Session, email: str, *, now: datetime, among_accounts: bool = True) -> Found | None:
    """Return what is known about ``email``, or None while it is not yet an address. Uses no network.

    ``among_accounts``: what other accounts have proven may be told to whoever asks.
    """
    domain = domain_of(email)
    if domain is None:
        return None
    lookup = find_lookup(session, domain)
    findings = from_json(lookup.findings) if lookup and lookup.findings and is_good(lookup, now=now) else Findings()
    at_hand = _at_hand(session if among_accounts else None, domain)
    found = put_together(email, [*at_hand, *findings.offers], findings.mail)
    if found is None or all(winner(at_hand, side) for side in Side):
        return found
    under_way = lookup is not None and is_under_way(lookup, now=now)
    unasked = not under_way and not (lookup is not None and is_good(lookup, now=now))
    return replace(found, under_way=under_way, unasked=unasked)


def _at_hand(session: Session | None, domain: str) -> list[Offer]:
    """Return what ranks above everybody in the network."""
    offers = (learned(session, domain) if session else None, providers.offer_of(anybody_at(domain)))
    return [offer for offer in offers if offer is not None]

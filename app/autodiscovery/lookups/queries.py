"""Reads: what is known about an address without asking anybody outside."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Row, Select, bindparam, literal, select, true
from sqlalchemy.orm import Session

from app.autodiscovery import providers
from app.autodiscovery.findings import Findings
from app.autodiscovery.found import Found, put_together
from app.autodiscovery.lookups.learned import PROVEN, ending_of, learned
from app.autodiscovery.lookups.stored import from_json
from app.autodiscovery.personal import anybody_at
from app.autodiscovery.ranking import winner
from app.autodiscovery.suggest import domain_of
from app.mail.settings import Side
from app.models import Lookup

# A lookup takes eight seconds, and a little to begin; whoever is silent for longer has died.
LOOKUP_LIFE = timedelta(seconds=20)

# People ask with every key, so that one question has to do, and it is put together once. Its row is there in any case.
_HERE = select(literal(1).label("here")).subquery("here")
_LOOKUPS = Lookup.__table__
_WITH_LOOKUP = _HERE.outerjoin(_LOOKUPS, _LOOKUPS.c.domain == bindparam("domain"))
_FOUND: Select[Any] = select(_LOOKUPS.c.asked_at, _LOOKUPS.c.findings, _LOOKUPS.c.good_until).select_from(_WITH_LOOKUP)
_FOUND_AND_PROVEN = _FOUND.add_columns(*PROVEN.c).outerjoin(PROVEN, true())


class Asked(Protocol):
    """As much of a lookup as says how it stands."""

    @property
    def asked_at(self) -> datetime | None:
        """When somebody asked last; None: nobody ever did."""

    @property
    def findings(self) -> dict[str, Any] | None:
        """What was found, as it is stored."""

    @property
    def good_until(self) -> datetime | None:
        """Until when that is believed."""


def find_lookup(session: Session, domain: str) -> Lookup | None:
    """Return what was last asked about ``domain``."""
    return session.scalar(select(Lookup).where(Lookup.domain == domain))


def is_under_way(lookup: Asked, *, now: datetime) -> bool:
    """Say whether somebody still works on it."""
    return lookup.asked_at is not None and lookup.findings is None and now - lookup.asked_at <= LOOKUP_LIFE


def is_good(lookup: Asked, *, now: datetime) -> bool:
    """Say whether what was found is still believed."""
    return lookup.findings is not None and lookup.good_until is not None and now < lookup.good_until


def known(session: Session, email: str, *, now: datetime, among_accounts: bool = True) -> Found | None:
    """Return what is known about ``email``, or None while it is not yet an address. Uses no network.

    ``among_accounts``: what other accounts have proven may be told to whoever asks.
    """
    domain = domain_of(email)
    if domain is None:
        return None
    lookup = _ask(session, domain, among_accounts=among_accounts)
    findings = from_json(lookup.findings) if lookup.findings and is_good(lookup, now=now) else Findings()
    proven = learned(lookup, domain) if among_accounts else None
    at_hand = [offer for offer in (proven, providers.offer_of(anybody_at(domain))) if offer is not None]
    found = put_together(email, [*at_hand, *findings.offers], findings.mail)
    if found is None or all(winner(at_hand, side) for side in Side):
        return found
    asked_at = lookup.asked_at if is_under_way(lookup, now=now) else None
    unasked = asked_at is None and not is_good(lookup, now=now)
    return replace(found, asked_at=asked_at, unasked=unasked, complete=findings.complete)


def _ask(session: Session, domain: str, *, among_accounts: bool) -> Row[Any]:
    session.flush()  # the connection below does not see to that by itself
    if among_accounts:
        return session.connection().execute(_FOUND_AND_PROVEN, {"domain": domain, "ending": ending_of(domain)}).one()
    return session.connection().execute(_FOUND, {"domain": domain}).one()

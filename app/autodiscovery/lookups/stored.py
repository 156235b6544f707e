"""Findings as they are kept in the database, and back."""

from dataclasses import asdict
from typing import Any

from app.autodiscovery.findings import Findings, Mail
from app.autodiscovery.offers import Offer, ProviderNote, Way
from app.autodiscovery.suggest import Source
from app.mail.settings import ConnectionSecurity, Side


def to_json(findings: Findings) -> dict[str, Any]:
    """Return what ``from_json`` reads."""
    offers = [_offer_json(offer) for offer in findings.offers]
    return {"mail": findings.mail.value, "offers": offers, "complete": findings.complete}


def from_json(stored: dict[str, Any]) -> Findings:
    """Return what ``to_json`` wrote."""
    offers = tuple(_offer(one) for one in stored["offers"])
    # Who was silent is known of what was found since there is a word for it.
    return Findings(offers, Mail(stored["mail"]), stored.get("complete", True))


def _offer_json(offer: Offer) -> dict[str, Any]:
    return {
        "source": offer.source.value,
        "ways": {side.value: [asdict(way) for way in ways] for side, ways in offer.ways.items()},
        "provider": asdict(offer.provider) if offer.provider else None,
        "closed": offer.closed,
        "oauth_only": sorted(offer.oauth_only),
        "unproven": sorted(offer.unproven),
        "denied": sorted(offer.denied),
        "led_by": offer.led_by,
    }


def _offer(stored: dict[str, Any]) -> Offer:
    note = stored["provider"]
    # What was found before there were such things as `closed` is believed for a day more.
    return Offer(
        source=Source(stored["source"]),
        ways={Side(side): tuple(_way(way) for way in ways) for side, ways in stored["ways"].items()},
        provider=ProviderNote(**{**note, "texts": tuple(note["texts"])}) if note else None,
        closed=stored.get("closed", False),
        oauth_only=frozenset(Side(side) for side in stored["oauth_only"]),
        unproven=frozenset(Side(side) for side in stored.get("unproven", ())),
        denied=frozenset(Side(side) for side in stored.get("denied", ())),
        led_by=stored.get("led_by", ""),
    )


def _way(stored: dict[str, Any]) -> Way:
    return Way(**{**stored, "security": ConnectionSecurity(stored["security"])})

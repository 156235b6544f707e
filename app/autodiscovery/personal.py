"""From what holds for everybody of a domain to what one address would type."""

from dataclasses import replace

from app.autodiscovery.offers import Offer, Way
from app.autodiscovery.suggest import mailbox_of

# Nobody in particular. Networks are asked about a domain, never about a person; an answer holds this in the place of
# what stands before the @, and is good for everybody there.
STAND_IN = "what-stands-before-the-at"


def anybody_at(domain: str) -> str:
    """Return the address that stands for all addresses of ``domain``."""
    return f"{STAND_IN}@{domain}"


def personal(offer: Offer, address: str) -> Offer:
    """Return ``offer`` with the user names that ``address`` has there."""
    local = mailbox_of(address).rpartition("@")[0]
    return replace(offer, ways={side: tuple(_named(way, local) for way in ways) for side, ways in offer.ways.items()})


def _named(way: Way, local: str) -> Way:
    return replace(way, username=way.username.replace(STAND_IN, local))

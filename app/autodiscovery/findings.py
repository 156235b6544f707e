"""What came of asking about a domain."""

from dataclasses import dataclass
from enum import StrEnum

from app.autodiscovery.offers import Offer


class Mail(StrEnum):
    """What DNS says about mail for a domain. ``nowhere``: no exchanger, so that mail goes to the domain's own host."""

    UNKNOWN = "unknown"
    TAKEN = "taken"
    NOWHERE = "nowhere"
    REFUSED = "refused"
    NO_DOMAIN = "no_domain"


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found out about a domain: offers by rank, for anybody there.

    ``complete``: everybody who could have won has answered.
    """

    offers: tuple[Offer, ...] = ()
    mail: Mail = Mail.UNKNOWN
    complete: bool = True

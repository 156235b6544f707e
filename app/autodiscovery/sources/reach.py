"""What a source needs in order to ask, and whom it asks for."""

from dataclasses import dataclass

from app.mail.rules import NetworkRules

# Nobody in particular. Networks are asked about a domain, never about a person; an answer holds this in the place of
# what stands before the @, and is good for everybody there.
STAND_IN = "what-stands-before-the-at"


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be dialled, and where the database of providers is (empty: nowhere)."""

    rules: NetworkRules
    ispdb_url: str = ""


def anybody_at(domain: str) -> str:
    """Return the address that stands for all addresses of ``domain``."""
    return f"{STAND_IN}@{domain}"

"""What a source needs in order to ask."""

from dataclasses import dataclass

from app.mail.rules import NetworkRules


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be dialled, and where the database of providers is (empty: nowhere)."""

    rules: NetworkRules
    ispdb_url: str = ""

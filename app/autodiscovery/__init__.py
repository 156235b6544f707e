"""An address in, server settings out: all of it that asks nobody outside.

What takes the network is imported from where it stands: ``discovering``, ``asking``, ``provider_check``, ``sources``.
"""

from app.autodiscovery.consent import UNVOUCHED, as_known_by_now, to_confirm, with_password
from app.autodiscovery.defaults import settle, with_defaults, with_whole_pairs
from app.autodiscovery.filling import (
    AUTH_FIELD,
    ON,
    REMEMBERED_FIELDS,
    SUGGESTED_FIELDS,
    AdminDefaults,
    Filling,
    Memory,
    Remembered,
    fill,
)
from app.autodiscovery.findings import Findings, Mail
from app.autodiscovery.found import Found, put_together
from app.autodiscovery.offers import Offer, ProviderNote, Way
from app.autodiscovery.provider_file import Provider, ProviderFileInvalid, read_providers
from app.autodiscovery.providers import built_in, help_page
from app.autodiscovery.suggest import (
    GUESSES,
    ServerSuggestion,
    Source,
    Suggestion,
    address_as_typed,
    domain_of,
    suggest,
)
from app.autodiscovery.typos import meant_address

__all__ = [
    "AUTH_FIELD",
    "GUESSES",
    "ON",
    "REMEMBERED_FIELDS",
    "SUGGESTED_FIELDS",
    "UNVOUCHED",
    "AdminDefaults",
    "Filling",
    "Findings",
    "Found",
    "Mail",
    "Memory",
    "Offer",
    "Provider",
    "ProviderFileInvalid",
    "ProviderNote",
    "Remembered",
    "ServerSuggestion",
    "Source",
    "Suggestion",
    "Way",
    "address_as_typed",
    "as_known_by_now",
    "built_in",
    "domain_of",
    "fill",
    "help_page",
    "meant_address",
    "put_together",
    "read_providers",
    "settle",
    "suggest",
    "to_confirm",
    "with_defaults",
    "with_password",
    "with_whole_pairs",
]

"""An address in, server settings out."""

from app.autodiscovery.asking import ask_all, out_of_document
from app.autodiscovery.consent import UNVOUCHED, to_confirm, with_password
from app.autodiscovery.defaults import settle, with_defaults, with_whole_pairs
from app.autodiscovery.discovering import Findings, Mail, discover
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
from app.autodiscovery.found import Found, put_together
from app.autodiscovery.offers import Offer, ProviderNote, Way
from app.autodiscovery.provider_check import Answered, check_providers
from app.autodiscovery.provider_file import Provider, ProviderFileInvalid, read_providers
from app.autodiscovery.providers import built_in, help_page
from app.autodiscovery.sources import Reach
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
    "Answered",
    "Filling",
    "Findings",
    "Found",
    "Mail",
    "Memory",
    "Offer",
    "Provider",
    "ProviderFileInvalid",
    "ProviderNote",
    "Reach",
    "Remembered",
    "ServerSuggestion",
    "Source",
    "Suggestion",
    "Way",
    "address_as_typed",
    "ask_all",
    "built_in",
    "check_providers",
    "discover",
    "domain_of",
    "fill",
    "help_page",
    "meant_address",
    "out_of_document",
    "put_together",
    "read_providers",
    "settle",
    "suggest",
    "to_confirm",
    "with_defaults",
    "with_password",
    "with_whole_pairs",
]

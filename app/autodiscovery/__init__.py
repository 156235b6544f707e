"""An address in, server settings out."""

from app.autodiscovery.defaults import settle, with_defaults, with_whole_pairs
from app.autodiscovery.filling import REMEMBERED_FIELDS, SUGGESTED_FIELDS, Filling, Memory, Remembered, fill
from app.autodiscovery.ports import PORT_SECURITY, PortSecurity
from app.autodiscovery.suggest import ServerSuggestion, Source, Suggestion, address_as_typed, suggest

__all__ = [
    "PORT_SECURITY",
    "REMEMBERED_FIELDS",
    "SUGGESTED_FIELDS",
    "Filling",
    "Memory",
    "PortSecurity",
    "Remembered",
    "ServerSuggestion",
    "Source",
    "Suggestion",
    "address_as_typed",
    "fill",
    "settle",
    "suggest",
    "with_defaults",
    "with_whole_pairs",
]

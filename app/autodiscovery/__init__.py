"""An address in, server settings out."""

from app.autodiscovery.filling import SUGGESTED_FIELDS, Filling, Memory, fill
from app.autodiscovery.ports import PORT_SECURITY, PortSecurity
from app.autodiscovery.suggest import ServerSuggestion, Source, Suggestion, address_as_typed, suggest

__all__ = [
    "PORT_SECURITY",
    "SUGGESTED_FIELDS",
    "Filling",
    "Memory",
    "PortSecurity",
    "ServerSuggestion",
    "Source",
    "Suggestion",
    "address_as_typed",
    "fill",
    "suggest",
]

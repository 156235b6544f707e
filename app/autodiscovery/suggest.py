"""The general rule: what is true of most providers, without asking anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.autodiscovery.ports import default_port
from app.mail.settings import ConnectionSecurity, Side


class Source(StrEnum):
    """Where a suggested value came from. ``port`` and ``security`` say that it follows the other of the two."""

    GUESS = "guess"
    LEARNED = "learned"
    PROVIDER = "provider"
    AUTOCONFIG = "autoconfig"
    ISPDB = "ispdb"
    SRV = "srv"
    MX = "mx"
    PORT = "port"
    SECURITY = "security"


@dataclass(frozen=True, slots=True)
class ServerSuggestion:
    """Settings for one side, as they would be typed."""

    host: str
    port: int
    security: ConnectionSecurity
    username: str
    source: Source


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Settings for both sides of one address."""

    email: str
    domain: str
    servers: Mapping[Side, ServerSuggestion]

    def to_json(self) -> dict[str, Any]:
        """Return the answer of ``skrzynka suggest``."""
        imap, smtp = self.servers[Side.IMAP], self.servers[Side.SMTP]
        return {
            "version": 1,
            "email": self.email,
            "domain": self.domain,
            "imap": _server_json(imap),
            "smtp": _server_json(smtp) | {"auth": True},
            "provider": None,
            "alternatives": [],
        }


def suggest(email: str) -> Suggestion | None:
    """Return the general rule for ``email``, or None while it is not yet an address.

    The server is what follows the @, the ports are those of implicit TLS, the user name is the whole address.
    """
    email = email.strip()
    local, _, domain = email.rpartition("@")
    domain = domain.rstrip(".").lower()
    if not local or not _looks_finished(domain):
        return None
    servers = {
        side: ServerSuggestion(
            domain, default_port(side, ConnectionSecurity.TLS), ConnectionSecurity.TLS, email, Source.GUESS
        )
        for side in Side
    }
    return Suggestion(email, domain, servers)


def _looks_finished(domain: str) -> bool:
    labels = domain.split(".")
    return len(labels) > 1 and all(label and not label.isspace() for label in labels) and len(labels[-1]) > 1


def _server_json(server: ServerSuggestion) -> dict[str, Any]:
    return {
        "host": server.host,
        "port": server.port,
        "security": str(server.security),
        "username": server.username,
        "source": str(server.source),
    }

"""The general rule: what is true of most providers, without asking anybody."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.mail.address import canonical_host, host_or_none, ip_of
from app.mail.settings import ConnectionSecurity, Side
from app.mail.usual_ports import default_port


class Source(StrEnum):
    """Where a suggested value came from. ``port`` and ``security`` say that it follows the other of the two.

    ``admin`` is the default of a layout. ``redirected`` is an autoconfig document that the provider has left to another
    organisation, ``answered`` a guess at which a mail server answers, ``earlier`` what anybody suggested for an address
    that has been replaced since, ``passwordless`` an outgoing server that works here, and was never given a password.
    """

    GUESS = "guess"
    ANSWERED = "answered"
    REDIRECTED = "redirected"
    LEARNED = "learned"
    PROVIDER = "provider"
    AUTOCONFIG = "autoconfig"
    ISPDB = "ispdb"
    SRV = "srv"
    MX = "mx"
    PORT = "port"
    SECURITY = "security"
    ADMIN = "admin"
    EARLIER = "earlier"
    PASSWORDLESS = "passwordless"


# Names that nobody has said.
GUESSES = (Source.GUESS, Source.ANSWERED)


@dataclass(frozen=True, slots=True)
class ServerSuggestion:
    """Settings for one side, as they would be typed; ``sources`` names the parts that came from elsewhere.

    ``auth``: the server wants a user name and a password. ``securities`` are those of its other ports, as far as the
    same source knows them.
    """

    host: str
    port: int
    security: ConnectionSecurity
    username: str
    source: Source
    sources: Mapping[str, Source] = field(default_factory=dict)
    auth: bool = True
    securities: Mapping[int, ConnectionSecurity] = field(default_factory=dict)

    def security_at(self, port: int) -> ConnectionSecurity | None:
        """Return what the source says of a port of this host; None if it says nothing."""
        return self.security if port == self.port else self.securities.get(port)

    def source_of(self, part: str) -> Source:
        """Return where one part (``host``, ``port``, ``security``, ``username``) came from."""
        return self.sources.get(part, self.source)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Settings for both sides of one address; a side that no password opens to mail programs is missing."""

    email: str
    domain: str
    servers: Mapping[Side, ServerSuggestion]


def address_as_typed(text: str) -> str:
    """Return the address in ``text`` without what people paste along with it, such as ``Anna <anna@infirma.pl>``."""
    text = text.strip()
    named = re.fullmatch(r"[^<>]*<([^<>]*)>", text)
    return (named[1].strip() if named else text).removeprefix("mailto:").removesuffix(".")


def mailbox_of(address: str) -> str:
    """Return the address of the mailbox: nobody logs in under an alias with a tag (``anna+list@``)."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def suggest(email: str) -> Suggestion | None:
    """Return the general rule for ``email``, or None while it is not yet an address.

    The server is what follows the @, the ports are those of implicit TLS, the user name is the whole address
    of the mailbox.
    """
    email = address_as_typed(email)
    local, _, domain = email.rpartition("@")
    domain = domain.lower()
    if not _LOCAL_PART.fullmatch(local) or not _looks_finished(domain):
        return None
    servers = {
        side: ServerSuggestion(
            domain, default_port(side, ConnectionSecurity.TLS), ConnectionSecurity.TLS, mailbox_of(email), Source.GUESS
        )
        for side in Side
    }
    return Suggestion(email, domain, servers)


def domain_of(email: str) -> str | None:
    """Return the domain of a finished address in the one spelling that others are asked about, else None."""
    rule = suggest(email)
    return canonical_host(rule.domain) if rule else None


# Close enough for a suggestion; whether it is an address is for the form to say (RFC 5322, 3.2.3).
_LOCAL_PART = re.compile(r"[^\s\"(),:;<>@\[\]\\\x00-\x1f]+")


def _looks_finished(domain: str) -> bool:
    host = host_or_none(domain)
    labels = host.split(".") if host else []
    return host is not None and ip_of(host) is None and len(labels) > 1 and len(labels[-1]) > 1

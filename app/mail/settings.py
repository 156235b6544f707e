"""What a person says about a mail server."""

from dataclasses import dataclass, field
from enum import StrEnum


class ConnectionSecurity(StrEnum):
    """How a connection is protected. ``none`` means that encryption is not required."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Side(StrEnum):
    """The two servers of an account: incoming (IMAP) and outgoing (SMTP)."""

    IMAP = "imap"
    SMTP = "smtp"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """One server: where it is, how the connection is protected, and who logs in.

    ``auth`` is always true for IMAP; without it no login is tried. ``sender`` is the envelope address that SMTP tries.
    ``pin`` is the SHA-256 (lower-case hex) of the one certificate to trust.
    """

    host: str
    port: int
    security: ConnectionSecurity
    username: str = ""
    password: str = field(default="", repr=False)
    auth: bool = True
    sender: str = ""
    pin: str | None = None


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """What to try: one side or both. Fast mode skips certificate checks and nothing else.

    ``address`` is the account's own e-mail address. It never leaves: suggestions for the user name are made from it.
    """

    imap: ServerSettings | None = None
    smtp: ServerSettings | None = None
    fast_mode: bool = False
    address: str = ""

    @property
    def known_address(self) -> str:
        """The account's address, or else the one that it would send from."""
        return self.address or (self.smtp.sender if self.smtp else "")

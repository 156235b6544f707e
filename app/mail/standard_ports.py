"""Which port a server probably answers at when it does not answer at the one that was typed."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.mail.settings import ConnectionSecurity, Side


@dataclass(frozen=True, slots=True)
class Place:
    """A port, and the security with which it is used."""

    port: int
    security: ConnectionSecurity


# From the typed port to its sibling, for each side.
Siblings = Mapping[Side, Mapping[int, Place]]

# RFC 8314, 3 and 7.3. Many networks close port 25 to everybody but mail servers.
STANDARD_SIBLINGS: Siblings = {
    Side.IMAP: {993: Place(143, ConnectionSecurity.STARTTLS), 143: Place(993, ConnectionSecurity.TLS)},
    Side.SMTP: {
        465: Place(587, ConnectionSecurity.STARTTLS),
        587: Place(465, ConnectionSecurity.TLS),
        25: Place(587, ConnectionSecurity.STARTTLS),
    },
}

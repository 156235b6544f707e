"""Which ports are usual, and how port and security follow each other (RFC 8314 for the numbers)."""

from collections.abc import Mapping

from app.mail.settings import ConnectionSecurity, Side

PortSecurity = Mapping[int, ConnectionSecurity]

PORT_SECURITY: PortSecurity = {
    993: ConnectionSecurity.TLS,
    143: ConnectionSecurity.STARTTLS,
    465: ConnectionSecurity.TLS,
    587: ConnectionSecurity.NONE,
    25: ConnectionSecurity.NONE,
}

_DEFAULT_PORTS: Mapping[Side, Mapping[ConnectionSecurity, int]] = {
    Side.IMAP: {ConnectionSecurity.TLS: 993, ConnectionSecurity.STARTTLS: 143, ConnectionSecurity.NONE: 143},
    Side.SMTP: {ConnectionSecurity.TLS: 465, ConnectionSecurity.STARTTLS: 587, ConnectionSecurity.NONE: 587},
}


def default_port(side: Side, security: ConnectionSecurity) -> int:
    """Return the port that is usual for ``security``."""
    return _DEFAULT_PORTS[side][security]


def is_standard_port(side: Side, port: int, table: PortSecurity) -> bool:
    """Say whether ``port`` is usual for some security, and so no choice of somebody with a server of their own.

    Port 25 is one of them: nobody suggests it, but leaving it is not leaving a custom port.
    """
    return port in table or port in _DEFAULT_PORTS[side].values()

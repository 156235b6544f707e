"""Which protocol a first line belongs to."""

import re
from enum import StrEnum


class Protocol(StrEnum):
    """What a server that was expected to speak IMAP or SMTP turned out to speak."""

    IMAP = "imap"
    SMTP = "smtp"
    POP3 = "pop3"
    HTTP = "http"
    SSH = "ssh"
    TLS = "tls"
    UNKNOWN = "unknown"


_PATTERNS = (
    (Protocol.IMAP, re.compile(rb"\* (OK|PREAUTH|BYE)\b", re.IGNORECASE)),
    (Protocol.SMTP, re.compile(rb"[2-5]\d\d([ -]|\r?\n|\Z)")),
    (Protocol.POP3, re.compile(rb"(\+OK|-ERR)\b", re.IGNORECASE)),
    (Protocol.HTTP, re.compile(rb"HTTP/|<(!doctype|html)", re.IGNORECASE)),
    (Protocol.SSH, re.compile(rb"SSH-")),
    # A handshake record or an alert, version 3.x (RFC 8446, 5.1).
    (Protocol.TLS, re.compile(rb"[\x15\x16]\x03")),
)


def protocol_of(line: bytes) -> Protocol:
    """Return the protocol that greets with ``line``."""
    return next((protocol for protocol, pattern in _PATTERNS if pattern.match(line)), Protocol.UNKNOWN)

"""What people paste into the field of a server, understood or refused with one sentence."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from app.mail.address import HostInvalid, canonical_host
from app.mail.settings import Side
from app.web.spelling import as_written

_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<rest>.*)\Z", re.IGNORECASE | re.DOTALL)
_SCHEMES: Mapping[Side, frozenset[str]] = {
    Side.IMAP: frozenset({"imap", "imaps", "ssl", "tls", "starttls"}),
    Side.SMTP: frozenset({"smtp", "smtps", "submission", "submissions", "ssl", "tls", "starttls"}),
}
# 127.1, 2130706433, 0x7f.1: what the system's resolver would read as an address.
_SHORTENED_ADDRESS = re.compile(r"(0x[0-9a-f]+|\d+)(\.(0x[0-9a-f]+|\d+))*\.?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HostAsTyped:
    """A server as somebody typed it: its name for DNS, its name as typed, and the port that stood with it."""

    host: str
    name: str
    port: int | None


def read_host(text: str, side: Side) -> HostAsTyped:
    """Return what ``text`` means. Raises ValueError with a sentence."""
    # Full-width letters, digits and colons become the usual ones.
    rest = _without_scheme(unicodedata.normalize("NFKC", text), side)
    if "@" in rest:
        raise ValueError(_("Type the name of the server only: usually it is what follows the @ of the address."))
    if any(character.isspace() for character in rest):
        raise ValueError(_("Type one server name without spaces, for example %(example)s.", example=_example(side)))
    name, port = _split(rest)
    return HostAsTyped(_canonical(name, side), name, _number(port))


def readable_host(host: str) -> str:
    """Return ``host`` (canonical) with its A-labels as people write them, but those that could pass for another."""
    return ".".join(map(as_written, host.split("."))) if "xn--" in host else host


def readable_owner(host: str) -> str:
    """Return ``host`` in both spellings where they differ: so people know it, and so no letter looks like another."""
    readable = readable_host(host)
    return host if readable == host else f"{readable} ({host})"


def readable_server(host: str, port: int) -> str:
    """Return host and port as people write them together; an IPv6 address stands in brackets (RFC 3986, 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{readable_host(host)}:{port}"


def _without_scheme(text: str, side: Side) -> str:
    match = _ADDRESS.match(text)
    if match is None:
        return text
    rest = match["rest"].removesuffix("/")
    if match["scheme"].lower() not in _SCHEMES[side] or "/" in rest:
        raise ValueError(
            _("Type the name of the server only, for example %(example)s, not a web address.", example=_example(side))
        )
    return rest


def _split(text: str) -> tuple[str, str]:
    """Return the name and the port, which may be empty. An IPv6 address has colons of its own."""
    bracketed = re.fullmatch(r"(\[[^\]]*\])(?::(.*))?", text)
    if bracketed:
        return bracketed[1], bracketed[2] or ""
    if text.count(":") == 1:
        name, _colon, port = text.partition(":")
        return name, port
    return text, ""


def _number(port: str) -> int | None:
    if not port:
        return None
    if not re.fullmatch(r"\d{1,5}", port) or not 1 <= int(port) <= 65535:
        raise ValueError(_("Type the port in its own field, as a number from 1 to 65535."))
    return int(port)


def _canonical(name: str, side: Side) -> str:
    try:
        return canonical_host(name)
    except HostInvalid:
        pass
    if _SHORTENED_ADDRESS.match(name):
        raise ValueError(_("Type an IP address in full, as four numbers from 0 to 255 such as 192.0.2.10."))
    raise ValueError(
        _(
            "Check the name: it is made of letters, digits, hyphens and dots, such as %(example)s.",
            example=_example(side),
        )
    )


def _example(side: Side) -> str:
    return f"{side}.infirma.pl"

"""One spelling for each host and each address, so that what is judged is what is dialled."""

import ipaddress
import re
import unicodedata

import idna

# RFC 1123, 2.1.
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")


class HostInvalid(ValueError):
    """The text names no host."""


def canonical_host(text: str) -> str:
    """Return the host in lower case, as A-labels or as the usual spelling of an IP literal, without a final dot.

    Raises HostInvalid. ``127.1``, ``0x7f.1`` and ``2130706433``, which the system's resolver would take for loopback,
    are refused: a name never ends in a number (RFC 1123, 2.1).
    """
    host = text.strip(" \t")
    literal = _ip_literal(host)
    if literal is not None:
        return literal
    try:
        # UTS 46 also folds capitals and full-width digits, and turns the ideographic full stop into a dot.
        name = host if host.isascii() else idna.encode(host, uts46=True, transitional=False).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise HostInvalid("not a host name") from error
    literal = _ip_literal(name)
    if literal is not None:
        return literal
    return _host_name(name.lower().removesuffix("."))


def host_or_none(text: str) -> str | None:
    """Return ``canonical_host(text)``, or None where the text names no host."""
    try:
        return canonical_host(text)
    except HostInvalid:
        return None


def address_key(email: str) -> str:
    """Return the one spelling in which addresses are compared: without outer spaces and case, composed, as A-labels.

    RFC 5321 leaves the case of the part before the @ to its host; no host in use tells ``Anna@`` from ``anna@``.
    """
    local, at, domain = unicodedata.normalize("NFC", email.strip()).rpartition("@")
    if not at:
        return domain.casefold()
    try:
        domain = idna.encode(domain, uts46=True).decode()
    except UnicodeError:
        domain = domain.lower()  # not a name that DNS knows; it is compared as typed
    return f"{local.casefold()}@{domain}"


def ip_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a canonical host is, or None for a name."""
    if ":" not in host and not host[-1:].isdigit():
        return None  # asked with every key that somebody types, and an error is dear
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _host_name(name: str) -> str:
    labels = name.split(".")
    if not 0 < len(name) <= 253 or not all(_LABEL.match(label) for label in labels):
        raise HostInvalid("not a host name")
    if labels[-1].isdigit() or re.match(r"0x[0-9a-f]*\Z", labels[-1]):
        raise HostInvalid("a name does not end in a number")
    return name


def _ip_literal(host: str) -> str | None:
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        if ":" not in host:
            raise HostInvalid("only IPv6 addresses stand in brackets")
    # A zone (fe80::1%eth0) means something on one machine only.
    if "%" in host or not host.isascii():
        return None
    address = ip_of(host)
    return None if address is None else str(address)

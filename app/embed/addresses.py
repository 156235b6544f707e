"""Which origins and return addresses may be registered. What a browser could read in two ways is refused."""

import re
from enum import StrEnum
from urllib.parse import urlsplit

from app.mail.address import HostInvalid, canonical_host

LONGEST = 2000

_DEFAULT_PORTS = {"https": 443, "http": 80}
# Pages from here are as good as encrypted: nothing leaves the machine (Secure Contexts, 3.1).
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})
# RFC 3986, 2: every character that a URL is made of. No space, no control character, no backslash, nothing but ASCII.
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*\Z")
_PORT = re.compile(r"[1-9][0-9]{0,4}\Z")


class Flaw(StrEnum):
    """What is wrong with an address."""

    SCHEME = "scheme"
    NOT_ENCRYPTED = "not_encrypted"
    CHARACTER = "character"
    CASE = "case"
    USER_INFO = "user_info"
    WILDCARD = "wildcard"
    HOST = "host"
    PORT = "port"
    DEFAULT_PORT = "default_port"
    PATH = "path"
    FRAGMENT = "fragment"
    TOO_LONG = "too_long"


class AddressRefused(Exception):
    """The text is no address that can be registered. ``flaw`` says why."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


def parse_origin(text: str) -> str:
    """Return the origin as browsers write it (RFC 6454, 6.2): lower case, A-labels. Raises AddressRefused.

    A port that browsers leave out, or anything behind the host, is refused instead of dropped: whoever typed it meant
    something by it that an origin cannot say.
    """
    scheme, colon, rest = text.partition("://")
    if "*" in text:
        raise AddressRefused(Flaw.WILDCARD)
    if not colon or scheme.lower() not in _DEFAULT_PORTS:
        raise AddressRefused(Flaw.SCHEME)
    if re.search(r"[/?#]", rest):
        raise AddressRefused(Flaw.PATH)
    host, port = _authority(rest)
    if not re.search(r"[\s\\%]", host):
        host = _canonical(host)
    origin = f"{scheme.lower()}://{host}{port}"
    _check(origin)
    if port == f":{_DEFAULT_PORTS[scheme.lower()]}":
        raise AddressRefused(Flaw.DEFAULT_PORT)
    return origin


def parse_return_address(text: str) -> str:
    """Return ``text`` if it is an absolute address that is written in the one usual way. Raises AddressRefused."""
    if "#" in text:
        raise AddressRefused(Flaw.FRAGMENT)
    _check(text)
    return text


def origin_of(return_address: str) -> str:
    """Return the origin of an address that ``parse_return_address`` has accepted."""
    parts = urlsplit(return_address)
    return f"{parts.scheme}://{parts.netloc}"


def matches(return_address: str, registered: list[str]) -> bool:
    """Say whether exactly this address is registered: letter by letter, so that no two readers can differ about it."""
    return return_address in registered


def _check(text: str) -> None:
    if len(text) > LONGEST:
        raise AddressRefused(Flaw.TOO_LONG)
    scheme, colon, rest = text.partition("://")
    if not colon or scheme.lower() not in _DEFAULT_PORTS:
        raise AddressRefused(Flaw.SCHEME)
    if not _CHARACTERS.match(text):
        raise AddressRefused(Flaw.CHARACTER)
    host, _port = _authority(re.split(r"[/?#]", rest, maxsplit=1)[0])
    if scheme != scheme.lower() or host != host.lower():
        raise AddressRefused(Flaw.CASE)
    if _canonical(host) != host:
        raise AddressRefused(Flaw.HOST)
    if scheme == "http" and host not in _THIS_MACHINE:
        raise AddressRefused(Flaw.NOT_ENCRYPTED)


def _authority(text: str) -> tuple[str, str]:
    """Return the host and ``:port``, which may be empty; an IPv6 address keeps its brackets."""
    if "@" in text:
        raise AddressRefused(Flaw.USER_INFO)
    found = re.fullmatch(r"(\[[^\[\]]*\]|[^:\[\]]*)(:.*)?", text, re.DOTALL)
    if found is None:
        raise AddressRefused(Flaw.HOST)
    host, port = found[1], found[2] or ""
    if port and not (_PORT.match(port[1:]) and int(port[1:]) <= 65535):
        raise AddressRefused(Flaw.PORT)
    return host, port


def _canonical(host: str) -> str:
    # A final dot is another host to a browser, and nobody means it.
    if not host or host.endswith("."):
        raise AddressRefused(Flaw.HOST)
    try:
        canonical = canonical_host(host)
    except HostInvalid as error:
        raise AddressRefused(Flaw.HOST) from error
    if (":" in canonical) != host.startswith("["):
        raise AddressRefused(Flaw.HOST)
    return f"[{canonical}]" if ":" in canonical else canonical

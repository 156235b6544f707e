"""The server sections of an autoconfig document: which ways they name, and how one logs in there.

What is not understood ends only the section that it stands in, so that documents with news in them stay good.
"""

import re
from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING

from app.autodiscovery.offers import Way
from app.autodiscovery.xml_reading import children, texts
from app.mail.address import HostInvalid, canonical_host
from app.mail.settings import ConnectionSecurity, Side

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_USERNAME = 320

_SECTIONS = {Side.IMAP: ("incomingserver", "imap"), Side.SMTP: ("outgoingserver", "smtp")}
# "TLS" is left out: in early files it meant STARTTLS, to everybody else it means the opposite.
_SECURITIES = {
    "ssl": ConnectionSecurity.TLS,
    "starttls": ConnectionSecurity.STARTTLS,
    "plain": ConnectionSecurity.NONE,
}
_PLACEHOLDER = re.compile(r"%([A-Za-z]+)%")
_PORT = re.compile(r"[0-9]{1,5}\Z", re.ASCII)


class Login(Enum):
    """How one logs in."""

    PASSWORD = "password"  # noqa: S105  (the word for a way to log in)
    NOTHING = "nothing"
    OAUTH = "oauth"


# The client has no hashed mechanism, but whoever offers one has a password that can be tried inside TLS.
_LOGINS = {
    "password-cleartext": Login.PASSWORD,
    "plain": Login.PASSWORD,
    "password-encrypted": Login.PASSWORD,
    "secure": Login.PASSWORD,
    "sasl plain": Login.PASSWORD,
    "sasl login": Login.PASSWORD,
    "none": Login.NOTHING,
    "client-ip-address": Login.NOTHING,
    "oauth2": Login.OAUTH,
    "oauth": Login.OAUTH,
    "sasl oauthbearer": Login.OAUTH,
    "sasl xoauth2": Login.OAUTH,
}


class _Useless(Exception):
    """A server section has a value that is not understood."""


def server_sections(provider: "Element", side: Side, address: str) -> Iterator[tuple[Way, Login]]:
    """Return what the sections of one side say about ``address``, in their order."""
    tag, protocol = _SECTIONS[side]
    for section in children(provider, tag):
        if section.get("type", "").strip().lower() == protocol:
            try:
                yield _way(section, side, address)
            except _Useless:
                continue


def _way(section: "Element", side: Side, address: str) -> tuple[Way, Login]:
    login = _login(section, side)
    username = _filled_in(next(iter(texts(section, "username")), "%EMAILADDRESS%"), address)
    if not username.isprintable() or len(username) > MAX_USERNAME:
        raise _Useless
    host, port, security = _host(section, address), _port(section), _security(section)
    return Way(host, port, security, username, auth=login is not Login.NOTHING), login


def _login(section: "Element", side: Side) -> Login:
    """Return the first alternative that can be used here; OAuth only where there is no other."""
    said = texts(section, "authentication") or ["password-cleartext"]
    known = [_LOGINS[text.lower()] for text in said if text.lower() in _LOGINS]
    usable = [login for login in known if side is Side.SMTP or login is not Login.NOTHING]
    if not usable:
        raise _Useless
    return next((login for login in usable if login is not Login.OAUTH), Login.OAUTH)


def _security(section: "Element") -> ConnectionSecurity:
    known = (_SECURITIES.get(text.lower()) for text in texts(section, "sockettype"))
    security = next((it for it in known if it is not None), None)
    if security is None:
        raise _Useless
    return security


def _host(section: "Element", address: str) -> str:
    text = next(iter(texts(section, "hostname")), "")
    try:
        return canonical_host(_filled_in(text, address))
    except HostInvalid as error:
        raise _Useless from error


def _port(section: "Element") -> int:
    text = next(iter(texts(section, "port")), "")
    if not _PORT.match(text) or not 1 <= int(text) <= 65535:
        raise _Useless
    return int(text)


def _filled_in(text: str, address: str) -> str:
    local, _, domain = address.rpartition("@")
    values = {"emailaddress": address, "emaillocalpart": local, "emaildomain": domain}

    def value(placeholder: re.Match[str]) -> str:
        name = placeholder[1].lower()
        if name not in values:
            raise _Useless  # something that only the person knows
        return values[name]

    return _PLACEHOLDER.sub(value, text)

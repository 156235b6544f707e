"""The file of built-in providers, read strictly: whatever is not understood in it is an error, never left out."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.mail.address import HostInvalid, canonical_host
from app.mail.settings import ConnectionSecurity, Side

# What a person is told beside what the flags say; the sentences live in the web edge.
TEXTS = frozenset({"no_imap", "bridge", "mail_password", "own_server_name", "paid_plan"})
# The exchanger that was found, and the customer's own domain.
MX, DOMAIN = "{mx}", "{domain}"

_USERNAMES = ("address", "local")
_NAMING = frozenset({"name", "documentation", "checked", "domains", "subdomains", "mx"})
_TELLING = frozenset({"app_password", "imap_switch", "oauth_only", "help", "texts"})
_KEYS = _NAMING | _TELLING | {"username", "smtp_username", "imap", "smtp"}
_URL = re.compile(r"https://[a-z0-9.-]+\.[a-z]+(/\S*)?\Z")


class ProviderFileInvalid(ValueError):
    """The file has an entry that cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Server:
    """One way to a server, as the file writes it: ``host`` may hold ``{mx}`` or ``{domain}``."""

    host: str
    port: int
    security: ConnectionSecurity

    @property
    def is_fixed(self) -> bool:
        """Whether it is the same for all customers."""
        return "{" not in self.host


@dataclass(frozen=True, slots=True)
class Provider:
    """One entry of the file. ``local`` are the sides whose user name is what stands before the @."""

    name: str
    documentation: str
    checked: date | None
    domains: tuple[str, ...]
    subdomains: bool
    mx: tuple[str, ...]
    servers: Mapping[Side, tuple[Server, ...]]
    local: frozenset[Side]
    app_password: bool
    imap_switch: bool
    oauth_only: bool
    help: str
    texts: tuple[str, ...]


def read_providers(text: str) -> tuple[Provider, ...]:
    """Return the entries in ``text``. Raises ProviderFileInvalid."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProviderFileInvalid(f"not TOML: {error}") from error
    entries = document.get("provider")
    if document.keys() != {"provider"} or not isinstance(entries, list):
        raise ProviderFileInvalid("there must be [[provider]] entries and nothing else")
    providers = tuple(_Entry(entry, place).provider() for place, entry in enumerate(entries, 1))
    _refuse_twice([name for provider in providers for name in provider.domains], "the domain")
    _refuse_twice([name for provider in providers for name in provider.mx], "the exchanger")
    _refuse_twice([provider.name for provider in providers], "the name")
    return providers


def _refuse_twice(words: Sequence[str], what: str) -> None:
    twice = next((word for word in words if words.count(word) > 1), None)
    if twice is not None:
        raise ProviderFileInvalid(f"{what} {twice!r} stands there twice")


class _Entry:
    """One table of the file on its way to a Provider."""

    def __init__(self, entry: object, place: int) -> None:
        if not isinstance(entry, dict):
            raise ProviderFileInvalid(f"entry {place} is no table")
        self._entry: dict[str, Any] = entry
        self._where = str(entry.get("name") or f"entry {place}")

    def provider(self) -> Provider:
        """Return what the table says. Raises ProviderFileInvalid."""
        self._refuse_unknown()
        servers, texts = {side: self._servers(side) for side in Side}, self._words("texts")
        closed = bool({"no_imap", "bridge"} & set(texts))
        if [bool(found) for found in servers.values()] != [not closed] * len(servers):
            raise self._invalid("both servers must be there, or a text that says why there are none")
        return Provider(
            name=self._text("name"),
            documentation=self._url("documentation"),
            checked=self._checked(),
            domains=self._names("domains"),
            subdomains=self._flag("subdomains"),
            mx=self._names("mx"),
            servers=servers,
            local=self._local(),
            app_password=self._flag("app_password"),
            imap_switch=self._flag("imap_switch"),
            oauth_only=self._flag("oauth_only"),
            help=self._url("help" if "help" in self._entry else "documentation"),
            texts=texts,
        )

    def _refuse_unknown(self) -> None:
        unknown = sorted(self._entry.keys() - _KEYS)
        if unknown:
            raise self._invalid(f"unknown key {unknown[0]!r}")
        if not TEXTS.issuperset(self._words("texts")):
            raise self._invalid("unknown code in texts")

    def _invalid(self, why: str) -> ProviderFileInvalid:
        return ProviderFileInvalid(f"{self._where}: {why}")

    def _text(self, key: str) -> str:
        text = self._entry.get(key)
        if not isinstance(text, str) or not text or text != text.strip() or not text.isprintable():
            raise self._invalid(f"{key} must be a text on one line")
        return text

    def _url(self, key: str) -> str:
        url = self._text(key)
        if not _URL.match(url):
            raise self._invalid(f"{key} must be an https address")
        return url

    def _flag(self, key: str) -> bool:
        flag = self._entry.get(key, False)
        if not isinstance(flag, bool):
            raise self._invalid(f"{key} must be true or false")
        return flag

    def _checked(self) -> date | None:
        checked = self._entry.get("checked")
        if checked is not None and type(checked) is not date:
            raise self._invalid("checked must be a date")
        return checked

    def _words(self, key: str) -> tuple[str, ...]:
        words = self._entry.get(key, [])
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise self._invalid(f"{key} must be a list of texts")
        return tuple(words)

    def _names(self, key: str) -> tuple[str, ...]:
        names = self._words(key)
        for name in names:
            self._judge_name(name.replace(DOMAIN, "customer.example") if key == "mx" else name, key)
        if not names and not self._entry.get("domains") and not self._entry.get("mx"):
            raise self._invalid("domains or mx must be there")
        return names

    def _judge_name(self, name: str, key: str) -> None:
        try:
            canonical = canonical_host(name)
        except HostInvalid as error:
            raise self._invalid(f"{key} holds {name!r}, which is no host") from error
        if canonical != name:
            raise self._invalid(f"{key} must write {name!r} as {canonical!r}")

    def _local(self) -> frozenset[Side]:
        username = self._entry.get("username", "address")
        outgoing = self._entry.get("smtp_username", username)
        if username not in _USERNAMES or outgoing not in _USERNAMES:
            raise self._invalid("username and smtp_username must be address or local")
        return frozenset(side for side, word in ((Side.IMAP, username), (Side.SMTP, outgoing)) if word == "local")

    def _servers(self, side: Side) -> tuple[Server, ...]:
        return tuple(self._server(text, side) for text in self._words(side.value))

    def _server(self, text: str, side: Side) -> Server:
        host, port, security = [*text.split(" "), "", ""][:3]
        well_formed = text.count(" ") == 2 and port.isascii() and port.isdigit() and 1 <= int(port) <= 65535
        if not well_formed or security not in list(ConnectionSecurity):
            raise self._invalid(f"{side.value} must be HOST PORT SECURITY, not {text!r}")
        self._judge_name(host.replace(MX, "mx.example").replace(DOMAIN, "customer.example"), side.value)
        if MX in host and self._entry.get("domains"):
            raise self._invalid("{mx} has no meaning for a provider that is found by its domains")
        return Server(host, int(port), ConnectionSecurity(security))

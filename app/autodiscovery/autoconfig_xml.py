"""What an autoconfig document says (Mozilla's config file format and draft-ietf-mailmaint-autoconfig-06)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from app.autodiscovery.autoconfig_servers import Login, server_sections
from app.autodiscovery.offers import ProviderNote, Way
from app.autodiscovery.xml_reading import NotXml, children, name_of, texts, tree_of, words_of
from app.mail.owners import same_owner
from app.mail.settings import Side

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_TEXT = 500
MAX_LANGUAGES = 40
# What is to be done first is for the provider's own words to say.
SET_UP_FIRST = "set_up_first"

_URL = re.compile(r"https://([A-Za-z0-9.-]{1,253})(?:/[\w./,~%?&=#+:;@!$()-]*)?\Z", re.ASCII)
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class NotAutoconfig(Exception):
    """The document is not one that tells mail programs their settings."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one document says. ``ways`` has both sides.

    ``oauth_only`` are the sides which nobody enters with a password; their ways are those for OAuth.
    """

    ways: Mapping[Side, tuple[Way, ...]]
    note: ProviderNote | None = None
    oauth_only: frozenset[Side] = frozenset()


def parse(document: bytes, address: str) -> Parsed:
    """Return what ``document`` says about ``address``. Raises NotAutoconfig, and nothing else."""
    try:
        root = tree_of(document)
    except NotXml as error:
        raise NotAutoconfig from error
    domain = address.rpartition("@")[2]
    provider = _provider(root, domain)
    found = {side: list(server_sections(provider, side, address)) for side in Side}
    oauth_only = frozenset(side for side, pairs in found.items() if pairs and all(it[1] is Login.OAUTH for it in pairs))
    ways = {side: _ways(pairs, oauth=side in oauth_only) for side, pairs in found.items()}
    hosts = {way.host for side in Side for way in ways[side]}
    # Where the provider speaks to people: inside its section, and beside it at the root.
    speaking = [*provider, *(child for child in root if child is not provider)]
    return Parsed(ways, _note(provider, speaking, hosts, oauth_only, domain), oauth_only)


def _ways(pairs: Iterable[tuple[Way, Login]], *, oauth: bool) -> tuple[Way, ...]:
    return tuple(dict.fromkeys(way for way, login in pairs if oauth or login is not Login.OAUTH))


def _provider(root: "Element", domain: str) -> "Element":
    if name_of(root) != "clientconfig":
        raise NotAutoconfig
    providers = list(children(root, "emailprovider"))
    if not providers:
        raise NotAutoconfig
    # A document of a hoster names its own domains, not those of its customers, so a stranger's domain is no fault.
    naming = (it for it in providers if domain.lower() in (text.lower() for text in texts(it, "domain")))
    return next(naming, providers[0])


def _note(
    provider: "Element", speaking: Sequence["Element"], hosts: Iterable[str], oauth_only: frozenset[Side], domain: str
) -> ProviderNote | None:
    names = [*texts(provider, "displayname"), *texts(provider, "displayshortname"), provider.get("id", "").strip()]
    name = next((name for name in names if name and name.isprintable() and "%" not in name), None)
    enabling = [it for it in speaking if name_of(it) == "enable"]
    instructions = _instructions([*speaking, *(inner for it in enabling for inner in it)])
    urls = [it.get("visiturl", "") for it in enabling]
    urls += [it.get("url", "") for it in speaking if name_of(it) in ("documentation", "instruction")]
    about_imap = any("IMAP" in text.upper() for text in instructions.values())
    note = ProviderNote(
        (name or domain)[:MAX_TEXT],
        imap_switch=bool(enabling) and about_imap,
        oauth_only=bool(oauth_only),
        help_url=next((url for url in urls if _leads_home(url, hosts)), None),
        texts=(SET_UP_FIRST,) if instructions or enabling else (),
        instructions=instructions,
    )
    # A domain alone says nothing, and must not stand before what another source says of the provider.
    return note if name or note != ProviderNote(note.name) else None


def _leads_home(url: str, hosts: Iterable[str]) -> bool:
    """Say whether a stranger's link leads to whoever runs the servers, whom the person is to trust anyway."""
    at = _URL.match(url)
    return at is not None and len(url) <= MAX_TEXT and any(same_owner(at[1].lower(), host) for host in hosts)


def _instructions(elements: Iterable["Element"]) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in children(elements, "instruction"):
        text = words_of(element)[:MAX_TEXT]
        if text and text.isprintable():
            language = element.get("lang") or element.get(_XML_LANG) or ""
            found.setdefault(language.strip().lower()[:20], text)
    # What is found is kept, and read again with every key that somebody types.
    return dict(islice(found.items(), MAX_LANGUAGES))

"""From a document that was fetched to what it offers."""

from app.autodiscovery.autoconfig_xml import NotAutoconfig, parse
from app.autodiscovery.offers import Offer
from app.autodiscovery.personal import STAND_IN, anybody_at
from app.autodiscovery.sources.reach import Reach
from app.autodiscovery.suggest import Source
from app.mail.deadline import Deadline
from app.mail.dial import is_forbidden
from app.mail.documents import HTTPS_PORT, Document, DocumentMissing, fetch
from app.mail.rules import NetworkRules


def fetched(url: str, reach: Reach, deadline: Deadline, *, port: int = HTTPS_PORT) -> Document | None:
    """Return the document, or None if there is none. Raises StepFailed."""
    try:
        return fetch(url, reach.rules, deadline, port=port)
    except DocumentMissing:
        return None


def read(document: Document, domain: str, source: Source, rules: NetworkRules) -> Offer | None:
    """Return what an autoconfig document says about the addresses of ``domain``, or None if it is no such thing.

    Servers that may not be dialled are left out, as far as that is known without asking a name server.
    """
    try:
        parsed = parse(document.body, anybody_at(domain))
    except NotAutoconfig:
        return None
    open_ways = {
        side: tuple(way for way in found if not is_forbidden(way.host, way.port, rules))
        for side, found in parsed.ways.items()
    }
    oauth_only = frozenset(side for side in parsed.oauth_only if open_ways[side])
    # What was found holds for everybody of the domain, and a server for each of them is nobody's.
    ways = {side: tuple(way for way in found if STAND_IN not in way.host) for side, found in open_ways.items()}
    if not any(ways.values()) and not oauth_only:
        return None
    return Offer(source, ways, parsed.note, oauth_only=oauth_only)

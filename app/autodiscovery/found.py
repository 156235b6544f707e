"""What is known about one address, put together from everybody who has said something."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.autodiscovery.consent import UNVOUCHED
from app.autodiscovery.findings import Mail
from app.autodiscovery.offers import Offer, ProviderNote, Way
from app.autodiscovery.personal import personal
from app.autodiscovery.ranking import winner
from app.autodiscovery.suggest import ServerSuggestion, Source, Suggestion, suggest
from app.mail.settings import Side

# What a program is told: how a guess was made is for people.
_SPOKEN = {Source.ANSWERED: Source.GUESS, Source.REDIRECTED: Source.AUTOCONFIG}


@dataclass(frozen=True, slots=True)
class Found:
    """The best of all offers for each side, the general rule where there is none; nothing where none takes a password.

    ``asked_at``: since when there is somebody who has not answered yet. ``unasked``: somebody could be asked.
    ``complete``: everybody who was asked, and could have won, has answered.
    """

    suggestion: Suggestion
    offers: Mapping[Side, Offer]
    # What to know of the provider, from the best-ranked source that vouches for it, whoever knows the servers better;
    # from one that does not only if that has named a server too.
    provider: ProviderNote | None = None
    mail: Mail = Mail.UNKNOWN
    # The sides of which DNS says that there is nothing, as long as nobody who vouches for it says otherwise.
    denied: frozenset[Side] = frozenset()
    asked_at: datetime | None = None
    unasked: bool = False
    complete: bool = True

    @property
    def under_way(self) -> bool:
        """Whether somebody has not answered yet."""
        return self.asked_at is not None

    @property
    def oauth_only(self) -> frozenset[Side]:
        """The sides that nobody enters with a password, so that no server is suggested for them."""
        return frozenset(side for side, offer in self.offers.items() if side in offer.oauth_only)

    @property
    def is_blind(self) -> bool:
        """Whether nobody has named a server, while somebody who may know one was silent."""
        return not self.complete and not self.offers

    @property
    def is_proven(self) -> bool:
        """Whether this works for another account of the domain."""
        return any(offer.source is Source.LEARNED for offer in self.offers.values())

    def alternatives(self, side: Side) -> tuple[Way, ...]:
        """Return the other ways that the same source offers."""
        suggested = side in self.offers and side in self.suggestion.servers
        return self.offers[side].ways.get(side, ())[1:] if suggested else ()

    def led_by(self, side: Side, host: str) -> str:
        """Return who has led from the domain to the server ``host``; empty if nobody has, or that is not known."""
        offer = self.offers.get(side)
        return offer.led_by if offer and any(way.host == host for way in offer.ways.get(side, ())) else ""

    def to_json(self) -> dict[str, Any]:
        """Return the answer of ``skrzynka suggest``."""
        imap, smtp = (self.suggestion.servers.get(side) for side in (Side.IMAP, Side.SMTP))
        return {
            "version": 1,
            "email": self.suggestion.email,
            "domain": self.suggestion.domain,
            "imap": _server_json(imap) if imap else None,
            "smtp": _server_json(smtp) | {"auth": smtp.auth} if smtp else None,
            "provider": _provider_json(self.provider),
            "alternatives": [_way_json(side, way, self) for side in Side for way in self.alternatives(side)],
        }


def put_together(email: str, offers: Sequence[Offer], mail: Mail = Mail.UNKNOWN) -> Found | None:
    """Return what ``offers``, which stand by rank, say about ``email``; None while it is not yet an address."""
    rule = suggest(email)
    if rule is None:
        return None
    own = [personal(offer, rule.email) for offer in offers]
    best = {side: offer for side in Side if (offer := winner(own, side)) is not None}
    note = _note(own, list(best.values()))
    servers = {
        side: _server(best.get(side), side, rule.servers[side]) for side in Side if not _is_shut(best.get(side), side)
    }
    return Found(Suggestion(rule.email, rule.domain, servers), best, note, mail, _denied(own))


def _note(offers: Sequence[Offer], best: Sequence[Offer]) -> ProviderNote | None:
    saying = [offer for offer in offers if offer.provider is not None]
    vouching = (it for it in saying if it.source not in UNVOUCHED)
    winning = (it for it in saying if it.source in UNVOUCHED and it in best)
    # That no program is let in is wrong where somebody knows that one is.
    all_closed = all(it.closed for it in best)
    return next((it.provider for it in (*vouching, *winning) if all_closed or not it.closed), None)


def _denied(offers: Sequence[Offer]) -> frozenset[Side]:
    denied = {side for offer in offers for side in offer.denied}
    vouched = [offer for offer in offers if offer.source not in UNVOUCHED] if denied else []
    return frozenset(side for side in denied if winner(vouched, side) is None)


def _is_shut(offer: Offer | None, side: Side) -> bool:
    """Say whether no program gets in there with a password: a server of theirs could only be tried in vain."""
    return offer is not None and (offer.closed or side in offer.oauth_only)


def _server(offer: Offer | None, side: Side, rule: ServerSuggestion) -> ServerSuggestion:
    ways = offer.ways.get(side, ()) if offer else ()
    if offer is None or not ways:
        return rule
    way = ways[0]
    source = offer.source_of(side)
    username, guessed = (way.username, {}) if way.username else (rule.username, {"username": rule.source})
    # The first of two ways through one port is the better one.
    securities = {other.port: other.security for other in reversed(ways) if other.host == way.host}
    return ServerSuggestion(
        way.host, way.port, way.security, username, source, guessed, auth=way.auth, securities=securities
    )


def _server_json(server: ServerSuggestion) -> dict[str, Any]:
    return {
        "host": server.host,
        "port": server.port,
        "security": str(server.security),
        "username": server.username,
        "source": str(_SPOKEN.get(server.source, server.source)),
    }


def _way_json(side: Side, way: Way, found: Found) -> dict[str, Any]:
    source = found.offers[side].source_of(side)
    server = ServerSuggestion(way.host, way.port, way.security, way.username, source)
    return {"side": side.value, **_server_json(server)}


def _provider_json(note: ProviderNote | None) -> dict[str, Any] | None:
    return None if note is None else {**asdict(note), "texts": list(note.texts)}

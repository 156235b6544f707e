"""Names that mail servers usually have, tried at their doors: a greeting and STARTTLS, nobody logs in."""

from collections.abc import Mapping
from functools import partial

from app.autodiscovery.offers import Offer, Way, Weakness
from app.autodiscovery.ports import default_port
from app.autodiscovery.racing import race
from app.autodiscovery.ranking import all_come, settled
from app.autodiscovery.sources.reach import Reach, anybody_at
from app.autodiscovery.suggest import Source
from app.mail.deadline import Deadline
from app.mail.dial import Target, beside, resolve
from app.mail.knocking import Answer, knock_at
from app.mail.owners import organisation_of
from app.mail.settings import ConnectionSecurity, Side

_NAMES = {Side.IMAP: ("imap.", "mail.", "poczta.", ""), Side.SMTP: ("smtp.", "mail.", "poczta.", "")}
_SECURITIES = (ConnectionSecurity.TLS, ConnectionSecurity.STARTTLS)
# Each name is looked up, dialled and greeted within this time.
_KNOCK_SECONDS = 5.0


def ask(domain: str, reach: Reach, deadline: Deadline) -> Offer | None:
    """Return where a mail server answers."""
    places = _places(domain, reach, deadline)
    sides = tuple(Side)
    found = race([partial(_answering, side, domain, places, reach) for side in sides], deadline, all_come)
    ways: dict[Side, tuple[Way, ...]] = {
        side: (way,) if isinstance(way, Way) else () for side, way in zip(sides, found, strict=True)
    }
    if not any(ways.values()):
        return None
    return Offer(Source.ANSWERED, ways, organisation=organisation_of(domain), weak=Weakness.GUESS)


def _places(domain: str, reach: Reach, deadline: Deadline) -> Mapping[str, Target]:
    """Return those of the names that there are. Each is asked for once, whatever is tried there."""
    names = list(dict.fromkeys(f"{name}{domain}" for names in _NAMES.values() for name in names))
    found = race([partial(_place, name, reach) for name in names], deadline, all_come)
    return {name: place for name, place in zip(names, found, strict=True) if isinstance(place, Target)}


def _place(name: str, reach: Reach, deadline: Deadline) -> Target | None:
    ports = (default_port(side, security) for side in Side for security in _SECURITIES)
    port = next((port for port in ports if reach.rules.permit_port(port)), None)
    return None if port is None else resolve(name, port, reach.rules, deadline)


def _answering(side: Side, domain: str, places: Mapping[str, Target], reach: Reach, deadline: Deadline) -> Way | None:
    names = [f"{name}{domain}" for name in _NAMES[side]]
    candidates = [
        Way(name, default_port(side, security), security, anybody_at(domain))
        for security in _SECURITIES
        for name in names
        if name in places
    ]
    doors = [(way, beside(places[way.host], way.port, reach.rules)) for way in candidates]
    doubtful: list[Way] = []
    lookers = [partial(_look, side, door, reach.rules.ca_file, doubtful) for door in doors]
    good = [way for way in race(lookers, deadline, settled, _KNOCK_SECONDS) if isinstance(way, Way)]
    # A server whose certificate is no good is still where the mail is; the connection test says what is wrong with it.
    return next(iter(good or sorted(doubtful, key=candidates.index)), None)


def _look(
    side: Side, door: tuple[Way, Target | None], ca_file: str | None, doubtful: list[Way], deadline: Deadline
) -> Way | None:
    way, target = door
    answer = knock_at(side, target, way.security, ca_file, deadline) if target else Answer.NONE
    if answer is Answer.DOUBTFUL:
        doubtful.append(way)
    return way if answer is Answer.GOOD else None

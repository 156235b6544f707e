"""Names that mail servers usually have, tried at their doors: a greeting and STARTTLS, nobody logs in."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from app.autodiscovery.offers import Offer, Way
from app.autodiscovery.personal import anybody_at
from app.autodiscovery.racing import race, rule_out_silence
from app.autodiscovery.ranking import Slot, all_come, first, settled
from app.autodiscovery.sources.reach import Reach
from app.autodiscovery.suggest import Source
from app.mail.deadline import Deadline
from app.mail.dial import Target, beside, resolve
from app.mail.knocking import Answer, knock_at
from app.mail.settings import ConnectionSecurity, Side
from app.mail.usual_ports import default_port

_NAMES = {Side.IMAP: ("imap.", "mail.", "poczta.", ""), Side.SMTP: ("smtp.", "mail.", "poczta.", "")}
_SECURITIES = (ConnectionSecurity.TLS, ConnectionSecurity.STARTTLS)
# Each name is looked up, dialled and greeted within this time.
_KNOCK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Door:
    """A way that was tried, and what answered there."""

    way: Way
    answer: Answer


def ask(domain: str, reach: Reach, deadline: Deadline) -> Offer | None:
    """Return where a mail server answers. Raises Unheard."""
    places = _places(domain, reach, deadline)
    sides = tuple(Side)
    found = race([partial(_answering, side, domain, places, reach) for side in sides], deadline, all_come)
    doors = {side: door for side, door in zip(sides, found, strict=True) if isinstance(door, _Door)}
    if not doors:
        rule_out_silence(found)
        return None
    unheard = frozenset(side for side, door in zip(sides, found, strict=True) if isinstance(door, Slot))
    unproven = frozenset(side for side, door in doors.items() if door.answer is Answer.DOUBTFUL)
    ways = {side: (doors[side].way,) if side in doors else () for side in sides}
    return Offer(Source.ANSWERED, ways, unproven=unproven, unheard=unheard)


def _places(domain: str, reach: Reach, deadline: Deadline) -> Mapping[str, Target | Slot]:
    """Return those of the names that there are or may be. Each is asked for once, whatever is tried there."""
    names = list(dict.fromkeys(f"{name}{domain}" for names in _NAMES.values() for name in names))
    found = race([partial(_place, name, reach) for name in names], deadline, all_come)
    return {name: place for name, place in zip(names, found, strict=True) if place is not None}


def _place(name: str, reach: Reach, deadline: Deadline) -> Target | None:
    ports = (default_port(side, security) for side in Side for security in _SECURITIES)
    port = next((port for port in ports if reach.rules.permit_port(port)), None)
    return None if port is None else resolve(name, port, reach.rules, deadline)


def _answering(
    side: Side, domain: str, places: Mapping[str, Target | Slot], reach: Reach, deadline: Deadline
) -> _Door | None:
    named = [places.get(f"{name}{domain}") for name in _NAMES[side]]
    placed = [
        (Way(place.host, port, security, anybody_at(domain)), beside(place, port, reach.rules))
        for security, port in ((security, default_port(side, security)) for security in _SECURITIES)
        for place in named
        if isinstance(place, Target)
    ]
    candidates = [way for way, _ in placed]
    doubtful: list[_Door] = []
    lookers = [partial(_look, side, each, reach.rules.ca_file, doubtful) for each in placed]
    answers = race(lookers, deadline, settled, _KNOCK_SECONDS)
    # A server whose certificate is no good is still where the mail is; the connection test says what is wrong with it.
    best = first(answers) or min(doubtful, key=lambda door: candidates.index(door.way), default=None)
    if best is None:
        rule_out_silence([*answers, *named])
    return best


def _look(
    side: Side, placed: tuple[Way, Target | None], ca_file: str | None, doubtful: list[_Door], deadline: Deadline
) -> _Door | None:
    way, target = placed
    door = _Door(way, knock_at(side, target, way.security, ca_file, deadline) if target else Answer.NONE)
    if door.answer is Answer.DOUBTFUL:
        doubtful.append(door)
    return door if door.answer is Answer.GOOD else None

"""Names that mail servers usually have, tried at their doors: a greeting and STARTTLS, nobody logs in."""

from functools import partial

from app.autodiscovery.offers import Offer, Way, Weakness
from app.autodiscovery.ports import default_port
from app.autodiscovery.racing import race
from app.autodiscovery.ranking import all_come, settled
from app.autodiscovery.sources.reach import Reach, anybody_at
from app.autodiscovery.suggest import Source
from app.mail.deadline import Deadline
from app.mail.knocking import Answer, knock
from app.mail.owners import organisation_of
from app.mail.settings import ConnectionSecurity, ServerSettings, Side

_NAMES = {Side.IMAP: ("imap.", "mail.", "poczta.", ""), Side.SMTP: ("smtp.", "mail.", "poczta.", "")}
_SECURITIES = (ConnectionSecurity.TLS, ConnectionSecurity.STARTTLS)
# Each name is looked up, dialled and greeted within this time.
_KNOCK_SECONDS = 5.0


def ask(domain: str, reach: Reach, deadline: Deadline) -> Offer | None:
    """Return where a mail server answers."""
    sides = tuple(Side)
    found = race([partial(_answering, side, domain, reach) for side in sides], deadline, all_come)
    ways: dict[Side, tuple[Way, ...]] = {
        side: (way,) if isinstance(way, Way) else () for side, way in zip(sides, found, strict=True)
    }
    if not any(ways.values()):
        return None
    return Offer(Source.ANSWERED, ways, organisation=organisation_of(domain), weak=Weakness.GUESS)


def _answering(side: Side, domain: str, reach: Reach, deadline: Deadline) -> Way | None:
    candidates = [
        Way(f"{name}{domain}", default_port(side, security), security, anybody_at(domain))
        for security in _SECURITIES
        for name in _NAMES[side]
    ]
    doubtful: list[Way] = []
    lookers = [partial(_look, side, way, reach, doubtful) for way in candidates]
    good = [way for way in race(lookers, deadline, settled, _KNOCK_SECONDS) if isinstance(way, Way)]
    # A server whose certificate is no good is still where the mail is; the connection test says what is wrong with it.
    return next(iter(good or sorted(doubtful, key=candidates.index)), None)


def _look(side: Side, way: Way, reach: Reach, doubtful: list[Way], deadline: Deadline) -> Way | None:
    answer = knock(side, ServerSettings(way.host, way.port, way.security), reach.rules, deadline)
    if answer is Answer.DOUBTFUL:
        doubtful.append(way)
    return way if answer is Answer.GOOD else None

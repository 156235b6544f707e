"""What the domain's DNS says: SRV records (RFC 6186, and RFC 8314 for submission in implicit TLS)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from app.autodiscovery.offers import Offer, Way
from app.autodiscovery.personal import anybody_at
from app.autodiscovery.racing import race, rule_out_silence
from app.autodiscovery.ranking import Slot, all_come
from app.autodiscovery.sources.reach import Reach
from app.autodiscovery.suggest import Source
from app.mail.deadline import Deadline
from app.mail.dial import resolve
from app.mail.failures import StepFailed
from app.mail.outcomes import Outcome
from app.mail.records import Service, services
from app.mail.settings import ConnectionSecurity, Side

# Implicit TLS first (RFC 8314, 3).
_SERVICES = (
    ("_imaps", Side.IMAP, ConnectionSecurity.TLS),
    ("_imap", Side.IMAP, ConnectionSecurity.STARTTLS),
    ("_submissions", Side.SMTP, ConnectionSecurity.TLS),
    ("_submission", Side.SMTP, ConnectionSecurity.STARTTLS),
)
_UNUSABLE = (Outcome.HOST_NOT_ALLOWED, Outcome.DNS_NOT_FOUND)


@dataclass(frozen=True, slots=True)
class _Said:
    """What DNS says about one service of which it has records."""

    ways: tuple[Way, ...] = ()
    refuses: bool = False


def ask(domain: str, reach: Reach, deadline: Deadline) -> Offer | None:
    """Return the services that the DNS of ``domain`` names and that may be dialled, or denies. Raises Unheard."""
    lookers: list[Callable[[Deadline], _Said | None]] = [
        partial(_look, f"{service}._tcp.{domain}", domain, security, reach) for service, _, security in _SERVICES
    ]
    answers = race(lookers, deadline, all_come)
    said = {side: [answer for it, answer in zip(_SERVICES, answers, strict=True) if it[1] is side] for side in Side}
    ways = {side: tuple(way for it in said[side] if isinstance(it, _Said) for way in it.ways) for side in Side}
    denied = frozenset(side for side in Side if _denies(said[side]))
    if not any(ways.values()) and not denied:
        rule_out_silence(answers)
        return None
    unheard = frozenset(side for side in Side if any(isinstance(it, Slot) for it in said[side]))
    return Offer(Source.SRV, ways, denied=denied, unheard=unheard)


def _denies(said: Sequence[_Said | Slot | None]) -> bool:
    """Say whether a side is decidedly not offered (RFC 6186, 3.4): one service is refused, and no other is known."""
    known = [answer for answer in said if answer is not None]
    return bool(known) and all(isinstance(answer, _Said) and answer.refuses for answer in known)


def _look(name: str, domain: str, security: ConnectionSecurity, reach: Reach, deadline: Deadline) -> _Said | None:
    found = services(name, reach.rules, deadline)
    if found is None or found.refuses:
        return _Said(refuses=True) if found else None
    usable = _usable(found.places, reach, deadline)
    return _Said(tuple(Way(service.host, service.port, security, anybody_at(domain)) for service in usable))


def _usable(places: Sequence[Service], reach: Reach, deadline: Deadline) -> list[Service]:
    """Return those that may be dialled: anybody can name an address inside our network, or a port that is not for mail.

    Raises StepFailed if there may be one, and its name could not be looked up.
    """
    usable: list[Service] = []
    unheard: StepFailed | None = None
    for service in places:
        try:
            resolve(service.host, service.port, reach.rules, deadline)
        except StepFailed as failure:
            unheard = unheard if failure.outcome in _UNUSABLE else failure
        else:
            usable.append(service)
    if unheard is not None and not usable:
        raise unheard
    return usable

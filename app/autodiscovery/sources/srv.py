"""What the domain's DNS says: SRV records (RFC 6186, and RFC 8314 for submission in implicit TLS)."""

from collections.abc import Callable
from functools import partial
from itertools import chain

from app.autodiscovery.offers import Offer, Way
from app.autodiscovery.racing import race, rule_out_silence
from app.autodiscovery.ranking import Slot, all_come
from app.autodiscovery.sources.reach import Reach, anybody_at
from app.autodiscovery.suggest import Source
from app.mail.deadline import Deadline
from app.mail.dial import resolve
from app.mail.failures import StepFailed
from app.mail.outcomes import Outcome
from app.mail.records import services
from app.mail.settings import ConnectionSecurity, Side

# Implicit TLS first (RFC 8314, 3).
_SERVICES = (
    ("_imaps", Side.IMAP, ConnectionSecurity.TLS),
    ("_imap", Side.IMAP, ConnectionSecurity.STARTTLS),
    ("_submissions", Side.SMTP, ConnectionSecurity.TLS),
    ("_submission", Side.SMTP, ConnectionSecurity.STARTTLS),
)

_UNUSABLE = (Outcome.HOST_NOT_ALLOWED, Outcome.DNS_NOT_FOUND)


def ask(domain: str, reach: Reach, deadline: Deadline) -> Offer | None:
    """Return the services that the DNS of ``domain`` names and that may be dialled. Raises Unheard."""
    lookers: list[Callable[[Deadline], tuple[Way, ...]]] = [
        partial(_ways, f"{service}._tcp.{domain}", domain, security, reach) for service, _, security in _SERVICES
    ]
    answers = race(lookers, deadline, all_come)
    said = {side: [answer for it, answer in zip(_SERVICES, answers, strict=True) if it[1] is side] for side in Side}
    ways = {side: tuple(chain.from_iterable(it for it in said[side] if isinstance(it, tuple))) for side in Side}
    if not any(ways.values()):
        rule_out_silence(answers)
        return None
    return Offer(Source.SRV, ways, unheard=frozenset(side for side in Side if Slot.SILENT in said[side]))


def _ways(name: str, domain: str, security: ConnectionSecurity, reach: Reach, deadline: Deadline) -> tuple[Way, ...]:
    usable: list[Way] = []
    unheard: StepFailed | None = None
    for service in services(name, reach.rules, deadline):
        # Anybody can name an address inside our network, or a port that is not for mail.
        try:
            resolve(service.host, service.port, reach.rules, deadline)
        except StepFailed as failure:
            unheard = unheard if failure.outcome in _UNUSABLE else failure
        else:
            usable.append(Way(service.host, service.port, security, anybody_at(domain)))
    if unheard is not None and not usable:
        raise unheard
    return tuple(usable)

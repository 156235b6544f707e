"""What the domain's DNS says: SRV records (RFC 6186, and RFC 8314 for submission in implicit TLS)."""

from collections.abc import Callable
from functools import partial

from app.autodiscovery.offers import Offer, Way
from app.autodiscovery.racing import race
from app.autodiscovery.ranking import all_come
from app.autodiscovery.sources.reach import Reach, anybody_at
from app.autodiscovery.suggest import Source
from app.mail.deadline import Deadline
from app.mail.dial import resolve
from app.mail.failures import StepFailed
from app.mail.records import services
from app.mail.settings import ConnectionSecurity, Side

# Implicit TLS first (RFC 8314, 3).
_SERVICES = (
    ("_imaps", Side.IMAP, ConnectionSecurity.TLS),
    ("_imap", Side.IMAP, ConnectionSecurity.STARTTLS),
    ("_submissions", Side.SMTP, ConnectionSecurity.TLS),
    ("_submission", Side.SMTP, ConnectionSecurity.STARTTLS),
)


def ask(domain: str, reach: Reach, deadline: Deadline) -> Offer | None:
    """Return the services that the DNS of ``domain`` names and that may be dialled."""
    lookers: list[Callable[[Deadline], tuple[Way, ...]]] = [
        partial(_ways, f"{service}._tcp.{domain}", domain, security, reach) for service, _, security in _SERVICES
    ]
    found: dict[Side, tuple[Way, ...]] = dict.fromkeys(Side, ())
    for (_, side, _), answer in zip(_SERVICES, race(lookers, deadline, all_come), strict=True):
        found[side] += answer if isinstance(answer, tuple) else ()
    return Offer(Source.SRV, found) if any(found.values()) else None


def _ways(name: str, domain: str, security: ConnectionSecurity, reach: Reach, deadline: Deadline) -> tuple[Way, ...]:
    found = services(name, reach.rules, deadline)
    usable = (service for service in found if _may_be_dialled(service.host, service.port, reach, deadline))
    return tuple(Way(service.host, service.port, security, anybody_at(domain)) for service in usable)


def _may_be_dialled(host: str, port: int, reach: Reach, deadline: Deadline) -> bool:
    # Anybody can name an address inside our network, or a port that is not for mail.
    try:
        resolve(host, port, reach.rules, deadline)
    except StepFailed:
        return False
    return True

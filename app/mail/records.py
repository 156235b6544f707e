"""What a domain says about its mail in DNS: services (RFC 2782) and mail exchangers (RFC 5321, RFC 7505).

None of it is signed, as far as we can tell.
"""

from dataclasses import dataclass

import dns.rdata
import dns.rdatatype
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.IN.SRV import SRV

from app.mail.address import host_or_none
from app.mail.deadline import Deadline
from app.mail.failures import StepFailed
from app.mail.names import Resolver
from app.mail.outcomes import Outcome
from app.mail.rules import NetworkRules

QUESTION_SECONDS = 3.0
# Nobody has more on purpose.
MOST_RECORDS = 10


@dataclass(frozen=True, slots=True)
class Service:
    """Where a service is offered."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Services:
    """Where one service of a domain is offered, the preferred place first.

    ``refuses``: the domain says that it does not offer it at all.
    """

    places: tuple[Service, ...]
    refuses: bool = False


@dataclass(frozen=True, slots=True)
class Exchangers:
    """Who takes mail for a domain, the preferred one first. ``refuses``: the domain says that it takes no mail."""

    hosts: tuple[str, ...]
    refuses: bool = False


def services(name: str, rules: NetworkRules, deadline: Deadline) -> Services | None:
    """Return the SRV records of ``name``, in the order in which they are to be tried; None: it has none.

    A target of "." says that the service is decidedly not offered (RFC 2782). Of equal priority the heaviest comes
    first instead of a random one: a suggestion does not change from one look to the next. Raises StepFailed.
    """
    try:
        found = _ask(name, dns.rdatatype.SRV, rules, deadline)
    except StepFailed as failure:
        if failure.outcome is Outcome.DNS_NOT_FOUND:
            return None
        raise
    records = [record for record in found if isinstance(record, SRV)]
    records.sort(key=lambda record: (record.priority, -record.weight, str(record.target)))
    named = ((host_or_none(str(record.target)), record.port) for record in records[:MOST_RECORDS])
    places = tuple(Service(host, port) for host, port in named if host and port)
    return Services(places, all(str(record.target) == "." for record in records)) if records else None


def exchangers(domain: str, rules: NetworkRules, deadline: Deadline) -> Exchangers:
    """Return the mail exchangers of ``domain``. Raises StepFailed."""
    records = [record for record in _ask(domain, dns.rdatatype.MX, rules, deadline) if isinstance(record, MX)]
    records.sort(key=lambda record: (record.preference, str(record.exchange)))
    hosts = [host_or_none(str(record.exchange)) for record in records[:MOST_RECORDS]]
    refuses = bool(records) and all(str(record.exchange) == "." for record in records)
    return Exchangers(tuple(host for host in hosts if host), refuses)


def _ask(
    name: str, kind: dns.rdatatype.RdataType, rules: NetworkRules, deadline: Deadline
) -> tuple[dns.rdata.Rdata, ...]:
    deadline.check()
    found = Resolver(rules.resolver).records(name, kind, min(QUESTION_SECONDS, deadline.remaining))
    deadline.check()
    return tuple(found)

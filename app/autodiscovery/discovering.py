"""Asking everybody about one domain, at the same time, for eight seconds at most. It takes the network."""

from collections.abc import Callable, Sequence
from functools import partial

from app.autodiscovery.findings import Findings, Mail
from app.autodiscovery.offers import Offer
from app.autodiscovery.racing import race
from app.autodiscovery.ranking import Slot, both_heard, both_settled
from app.autodiscovery.sources import Reach, autoconfig, ispdb, mx, srv, usual_names
from app.mail.deadline import Deadline
from app.mail.failures import StepFailed
from app.mail.outcomes import Outcome
from app.mail.records import exchangers

TOTAL_SECONDS = 8.0


def discover(domain: str, reach: Reach, *, seconds: float = TOTAL_SECONDS) -> Findings:
    """Return what there is to be known of ``domain`` (canonical), within ``seconds``."""
    mail = _MailOf(domain, reach)
    # By their rank.
    askers: list[Callable[[Deadline], Offer | None]] = [
        *autoconfig.askers(domain, reach),
        partial(ispdb.ask, domain, reach),
        partial(srv.ask, domain, reach),
        mail.ask,
        partial(usual_names.ask, domain, reach),
    ]
    with Deadline(seconds) as deadline:
        answers: Sequence[Offer | Slot | None] = race(askers, deadline, both_settled)
        complete = both_heard(answers)
    return Findings(tuple(answer for answer in answers if isinstance(answer, Offer)), mail.found, complete)


class _MailOf:
    """The exchangers of a domain are asked for once: as a source, and for what they say of the domain itself."""

    def __init__(self, domain: str, reach: Reach) -> None:
        self._domain = domain
        self._reach = reach
        self.found = Mail.UNKNOWN

    def ask(self, deadline: Deadline) -> Offer | None:
        """Return what is known of who takes the mail. Raises StepFailed, Unheard."""
        try:
            found = exchangers(self._domain, self._reach.rules, deadline)
        except StepFailed as failure:
            if failure.outcome is not Outcome.DNS_NOT_FOUND:
                raise
            self.found = Mail.NO_DOMAIN
            return None
        self.found = Mail.REFUSED if found.refuses else Mail.TAKEN if found.hosts else Mail.NOWHERE
        return mx.ask(self._domain, found.hosts, self._reach, deadline)

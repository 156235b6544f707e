"""Who takes the domain's mail: mostly the hoster where its mailboxes are, whose settings are known."""

from dataclasses import replace
from functools import partial

from app.autodiscovery import providers
from app.autodiscovery.offers import Offer
from app.autodiscovery.racing import first_heard, race
from app.autodiscovery.ranking import settled
from app.autodiscovery.sources import autoconfig, ispdb
from app.autodiscovery.sources.reach import Reach, anybody_at
from app.autodiscovery.suggest import Source
from app.mail.deadline import Deadline
from app.mail.owners import registrable


def ask(domain: str, hosts: tuple[str, ...], reach: Reach, deadline: Deadline) -> Offer | None:
    """Return what is known of the hoster behind the exchangers ``hosts`` of ``domain``, for the addresses there.

    Raises Unheard.
    """
    if not hosts:
        return None
    hoster = registrable(hosts[0])
    offer = providers.offer_of_mx(hosts[0], anybody_at(domain))
    if offer is None and hoster and hoster != domain:
        offer = _ask_about(hoster, domain, reach, deadline)
    return replace(offer, source=Source.MX) if offer else None


def _ask_about(hoster: str, domain: str, reach: Reach, deadline: Deadline) -> Offer | None:
    askers = [partial(source.ask, hoster, reach, for_domain=domain) for source in (autoconfig, ispdb)]
    return first_heard(race(askers, deadline, settled))

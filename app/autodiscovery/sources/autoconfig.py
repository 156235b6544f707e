"""What the provider says itself, over https (Mozilla's autoconfig, draft-ietf-mailmaint-autoconfig)."""

from dataclasses import replace
from functools import partial

from app.autodiscovery.offers import Offer
from app.autodiscovery.racing import Asker
from app.autodiscovery.sources.reach import Reach
from app.autodiscovery.sources.reading import fetched, read
from app.autodiscovery.suggest import Source
from app.mail.deadline import Deadline
from app.mail.owners import organisation_of


def askers(domain: str, reach: Reach, *, for_domain: str = "") -> list[Asker[Offer]]:
    """Return what asks the provider of ``domain`` at each of its two places, by rank. Each raises StepFailed.

    ``for_domain`` is the domain of the addresses, where the provider is not asked under that name.
    """
    places = (
        f"https://autoconfig.{domain}/mail/config-v1.1.xml",
        f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
    )
    return [partial(_look, place, domain, for_domain or domain, reach) for place in places]


def _look(place: str, domain: str, for_domain: str, reach: Reach, deadline: Deadline) -> Offer | None:
    document = fetched(place, reach, deadline)
    if document is None:
        return None
    # Whoever can write one line into the domain's web server can send people anywhere, and a stranger can send them
    # back, to something of their own there.
    strangers = [host for host in document.hosts if organisation_of(host, domain) != organisation_of(domain)]
    offer = read(document, for_domain, Source.REDIRECTED if strangers else Source.AUTOCONFIG, reach.rules)
    return replace(offer, led_by=strangers[0]) if offer and strangers else offer

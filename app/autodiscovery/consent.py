"""Whether a person has to say yes before a password goes to a server that somebody else has named."""

from collections.abc import Mapping

from app.autodiscovery.filling import Remembered
from app.autodiscovery.suggest import Source, domain_of
from app.mail.address import HostInvalid, canonical_host
from app.mail.owners import organisation_of
from app.mail.settings import Side

# Whoever stands between could have written what these say.
WEAK = frozenset({Source.REDIRECTED, Source.SRV, Source.MX, Source.ANSWERED, Source.GUESS})


def to_confirm(email: str, hosts: Mapping[Side, Remembered]) -> dict[Side, str]:
    """Return, by side, the organisation to which a weak source leads.

    A server of the organisation that the address itself names needs no question: a certificate has to prove that it is
    one, and the person has typed that name. What a person has typed is a choice already.
    """
    domain = domain_of(email)
    found = {}
    for side, host in hosts.items():
        if domain is None or host.source not in WEAK:
            continue
        try:
            organisation = organisation_of(canonical_host(host.value))
        except HostInvalid:
            continue
        if organisation != organisation_of(domain):
            found[side] = organisation
    return found

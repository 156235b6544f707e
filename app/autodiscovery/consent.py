"""Whether a person has to say yes before a password goes to a server that somebody else has named."""

from collections.abc import Mapping

from app.autodiscovery.filling import Remembered
from app.autodiscovery.suggest import Source, domain_of
from app.mail.address import HostInvalid, canonical_host
from app.mail.owners import organisation_of
from app.mail.settings import Side

# Whoever stands between could have written what these say, and a guess nobody has said at all.
_WEAK = frozenset({Source.REDIRECTED, Source.SRV, Source.MX, Source.GUESS, Source.EARLIER})
# Nobody vouches for these.
UNVOUCHED = _WEAK | {Source.ANSWERED}


def to_confirm(email: str, hosts: Mapping[Side, Remembered]) -> dict[Side, str]:
    """Return, by side, the organisation to which a weak source leads.

    A guess at which a server has answered needs no question within the organisation that the address itself names: its
    certificate has proven that it is one of theirs. What a person has typed is a choice already.
    """
    domain = domain_of(email)
    found = {}
    for side, host in hosts.items():
        if host.source not in UNVOUCHED:
            continue
        try:
            organisation = organisation_of(canonical_host(host.value))
        except HostInvalid:
            continue
        if host.source in _WEAK or domain is None or organisation != organisation_of(domain):
            found[side] = organisation
    return found

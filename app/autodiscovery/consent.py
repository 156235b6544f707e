"""Whether a person has to say yes before a password goes to a server that somebody else has named."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from app.autodiscovery.filling import Remembered
from app.autodiscovery.suggest import ServerSuggestion, Source, domain_of
from app.mail.address import host_or_none
from app.mail.owners import organisation_of
from app.mail.settings import Side

# Whoever stands between could have written what these say, and a guess nobody has said at all.
_WEAK = frozenset({Source.REDIRECTED, Source.SRV, Source.MX, Source.GUESS, Source.EARLIER, Source.PASSWORDLESS})
# Nobody vouches for these.
UNVOUCHED = _WEAK | {Source.ANSWERED}


def to_confirm(email: str, hosts: Mapping[Side, Remembered]) -> dict[Side, str]:
    """Return, by side, the organisation to which a weak source leads.

    A guess at which a server has answered needs no question within the organisation that the address itself names: its
    certificate has proven that it is one of theirs. What a person has typed is a choice already, and whoever gets the
    incoming password needs no second yes for the outgoing server.
    """
    home = domain_of(email) or ""
    incoming = _organisation(hosts.get(Side.IMAP), home)
    found = {}
    for side, host in hosts.items():
        if host.source not in UNVOUCHED:
            continue
        organisation = _organisation(host, home)
        if organisation is None or (host.source is Source.PASSWORDLESS and organisation == incoming):
            continue
        if host.source in _WEAK or organisation != organisation_of(home):
            found[side] = organisation
    return found


def with_password(outgoing: Remembered, saved: str, suggested: Callable[[], ServerSuggestion | None]) -> Remembered:
    """Return the outgoing server of a form that wants authentication there, with the source that counts for that.

    ``saved`` is the server of the form's account if that account gives it no password, else empty. Where it came from
    is not kept: when it was saved nothing secret went there, so that nobody was asked, and a person may have typed it
    for just that. So it is ``passwordless``, unless somebody vouches for it who suggests it today. So is what another
    account has taught that gives its server no password, or is gone by now.
    """
    host = host_or_none(outgoing.value)
    is_saved = outgoing.source is None and host is not None and host == saved
    if not is_saved and outgoing.source is not Source.LEARNED:
        return outgoing
    today = suggested()
    if today is not None and host_or_none(today.host) == host and _vouches(today):
        return replace(outgoing, source=today.source_of("host"))
    return replace(outgoing, source=Source.PASSWORDLESS)


def _vouches(server: ServerSuggestion) -> bool:
    source = server.source_of("host")
    return source not in _WEAK and (server.auth or source is not Source.LEARNED)


def _organisation(host: Remembered | None, home: str) -> str | None:
    spelled = host_or_none(host.value) if host else None
    return organisation_of(spelled, home) if spelled else None

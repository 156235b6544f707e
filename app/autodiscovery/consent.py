"""Whether a person has to say yes before a password goes to a server that somebody else has named."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from app.autodiscovery.filling import PARTS, Memory, Remembered
from app.autodiscovery.suggest import ServerSuggestion, Source, Suggestion, domain_of
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


def as_known_by_now(memory: Memory, suggested: Callable[[], Suggestion | None]) -> Memory:
    """Return ``memory`` with the sources that count by now: a search may have ended since the form was shown.

    Where somebody better suggests the very server that the form has, that one counts, for the server and for whatever
    else of it is the same. Nothing counts for less than was shown. Nobody is asked unless that may change something.
    """
    suggestion = suggested() if any(_standing(memory.of(f"{side}-host").source) < _VOUCHED for side in Side) else None
    if suggestion is None:
        return memory
    better: dict[str, Remembered] = {}
    for side, server in suggestion.servers.items():
        if host_or_none(server.host) != host_or_none(memory.of(f"{side}-host").value):
            continue
        for part in PARTS:
            name, source = f"{side}-{part}", server.source_of(part)
            shown = memory.of(name)
            same = part == "host" or shown.value == str(getattr(server, part))
            if same and _standing(source) > _standing(shown.source):
                better[name] = replace(shown, source=source)
    if not better:
        return memory
    return replace(memory, fields={**memory.fields, **better}, domain=domain_of(suggestion.email) or "")


_VOUCHED = 2


def _standing(source: Source | None) -> int:
    """Return how much may be done on the word of ``source`` without asking; a person's own needs nobody's."""
    if source in _WEAK:
        return 0
    return 1 if source is Source.ANSWERED else _VOUCHED


def _vouches(server: ServerSuggestion) -> bool:
    source = server.source_of("host")
    return source not in _WEAK and (server.auth or source is not Source.LEARNED)


def _organisation(host: Remembered | None, home: str) -> str | None:
    spelled = host_or_none(host.value) if host else None
    return organisation_of(spelled, home) if spelled else None

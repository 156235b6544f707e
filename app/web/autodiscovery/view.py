"""What stands below the address: how the search goes, warnings, notes of the provider, questions, other ways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import get_locale

from app import clock
from app.autodiscovery import Found, ProviderNote, Remembered, domain_of, meant_address, to_confirm
from app.mail.address import host_or_none
from app.mail.settings import Side
from app.web.autodiscovery.choosing import other_ways
from app.web.autodiscovery.knowing import known_about
from app.web.autodiscovery.looking import has_only_begun, pause_after
from app.web.autodiscovery.wording import (
    about_denied,
    about_mail,
    about_oauth,
    about_provider,
    about_silence,
    about_stranger,
    ask_to_trust,
    name_of,
)
from app.web.hosts import readable_host
from app.web.visit import current_visit


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a password may be sent to an organisation."""

    organisation: str
    why: str
    label: str
    agreed: bool


@dataclass(frozen=True, slots=True)
class OtherWay:
    """Another port or security that the same source offers; ``value`` is what choosing it sends."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """All of it. ``asks``: the page is to ask for suggestions (again), because there is somebody to wait for.

    ``next_look``: in how many milliseconds. ``begun``: the search has only just begun, and may end at once.
    """

    asks: bool = False
    looking: bool = False
    next_look: int = 0
    begun: bool = False
    warning: str = ""
    meant: str = ""
    notes: Sequence[str] = ()
    instruction: str = ""
    provider: str = ""
    help_url: str = ""
    questions: Sequence[Question] = ()
    other_ways: Mapping[Side, Sequence[OtherWay]] | None = None


NOTHING = Discovery()


def discovery(
    email: str, hosts: Mapping[Side, Remembered], trusted: frozenset[str], *, opened: bool = False, quiet: bool = False
) -> Discovery:
    """Return what to show beside a form for ``email`` with these hosts.

    ``opened``: nobody was asked for it yet. ``quiet``: nothing is asked for a guess that may be replaced in a moment.
    """
    found = known_about(email)
    if found is None:
        return Discovery(meant=_meant(email), questions=_questions(email, hosts, trusted, None))
    note = found.provider
    instruction = _instruction(note) if note else ""
    waited = clock.now() - found.asked_at if found.asked_at else None
    return Discovery(
        asks=found.under_way or (opened and found.unasked),
        looking=found.under_way,
        next_look=pause_after(waited),
        begun=has_only_begun(waited),
        warning=_warning(found),
        meant=_meant(email),
        notes=[
            *about_denied(found.denied, domain_of(email) or ""),
            *about_oauth(found.oauth_only),
            *(about_provider(note, quoted=bool(instruction)) if note else ()),
        ],
        instruction=instruction,
        provider=readable_host(note.name) if note else "",
        help_url=(note.help_url or "") if note else "",
        questions=() if quiet and found.under_way else _questions(email, hosts, trusted, found),
        other_ways=_other_ways(found),
    )


def questions_alone(email: str, hosts: Mapping[Side, Remembered], trusted: frozenset[str]) -> Discovery:
    """Return what to show beside the form of an account that works, in which nobody has changed the address."""
    return Discovery(questions=_questions(email, hosts, trusted, None))


def _warning(found: Found) -> str:
    """Return what speaks against the address or the suggestion, the worse of the two."""
    if found.is_proven:
        return ""  # a mailbox that works says more about its domain than DNS
    domain = domain_of(found.suggestion.email) or ""
    return about_mail(found.mail, domain) or (about_silence(domain) if found.is_blind else "")


def _meant(email: str) -> str:
    visit = current_visit()
    if visit is not None and visit.email:
        return ""  # a pinned address cannot be corrected here
    return meant_address(email) or ""


def _instruction(note: ProviderNote) -> str:
    """Return the provider's own words in the language of the page, if it has any there."""
    words = note.instructions
    return words.get(str(get_locale())) or words.get("en") or words.get("") or ""


def _questions(
    email: str, hosts: Mapping[Side, Remembered], trusted: frozenset[str], found: Found | None
) -> list[Question]:
    questions: dict[str, Question] = {}
    for side, organisation in to_confirm(email, hosts).items():
        source = hosts[side].source
        if source is not None and organisation not in questions:
            led_by = found.led_by(side, host_or_none(hosts[side].value) or "") if found else ""
            why = about_stranger(source, organisation, email, led_by)
            agreed = organisation in trusted
            questions[organisation] = Question(organisation, why, ask_to_trust(organisation), agreed)
    return list(questions.values())


def _other_ways(found: Found) -> dict[Side, list[OtherWay]]:
    ways = {side: other_ways(found, side) for side in Side}
    return {
        side: [OtherWay(f"{side}-{place}", name_of(way)) for place, way in enumerate(offered)]
        for side, offered in ways.items()
        if offered
    }

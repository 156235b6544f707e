"""What a layout must not do to a form: decisions without effects. The edge puts them into words."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.form_layouts.defaults import DefaultProblem, problem_of
from app.form_layouts.layout import Layout, Placement, Words

LONGEST_LABEL = 100
LONGEST_HINT = 500
# Only the person knows these, so the form has to ask for them.
ALWAYS_ASKED = ("email", "imap-password")
# Asked for only where the outgoing server is given a user name and a password of its own.
OWN_CREDENTIALS = ("smtp-username", "smtp-password")


class Refusal(StrEnum):
    """Why a layout is refused."""

    MUST_BE_SHOWN = "must_be_shown"
    MUST_BE_TYPED = "must_be_typed"
    HIDDEN_WITHOUT_DEFAULT = "hidden_without_default"
    READ_ONLY_WITHOUT_DEFAULT = "read_only_without_default"
    OWN_CREDENTIALS_NEEDED = "own_credentials_needed"
    REQUIRED_IS_FIXED = "required_is_fixed"
    NO_DEFAULT_HERE = "no_default_here"
    UNKNOWN_PLACEHOLDER = "unknown_placeholder"
    NO_TEMPLATE_HERE = "no_template_here"
    DEFAULT_INVALID = "default_invalid"
    TOO_LONG = "too_long"
    NOT_ONE_LINE = "not_one_line"


@dataclass(frozen=True, slots=True)
class Objection:
    """One refusal: of which field or section, and which of its settings.

    Settings: ``show``, ``default``, ``required``, ``read-only``, ``label-en``, ``hint-pl``, ``title-en`` and the like.
    """

    field: str
    setting: str
    refusal: Refusal


_DEFAULTS = {
    DefaultProblem.NOT_ALLOWED: Refusal.NO_DEFAULT_HERE,
    DefaultProblem.UNKNOWN_PLACEHOLDER: Refusal.UNKNOWN_PLACEHOLDER,
    DefaultProblem.NO_TEMPLATE: Refusal.NO_TEMPLATE_HERE,
    DefaultProblem.INVALID: Refusal.DEFAULT_INVALID,
}


def objections(layout: Layout) -> tuple[Objection, ...]:
    """Return everything that speaks against ``layout``; nothing: it can be saved."""
    found = [objection for place in layout.places for objection in _against(place, layout)]
    for part in layout.sections:
        found += _against_words(part.section, "title", part.title, LONGEST_LABEL)
    return tuple(found)


def _against_words(about: str, what: str, words: Words, longest: int) -> Iterator[Objection]:
    for language, text in (("en", words.en), ("pl", words.pl)):
        if len(text) > longest:
            yield Objection(about, f"{what}-{language}", Refusal.TOO_LONG)
        elif any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
            yield Objection(about, f"{what}-{language}", Refusal.NOT_ONE_LINE)


def _against(place: Placement, layout: Layout) -> Iterator[Objection]:
    name = place.field.name
    yield from _against_words(name, "label", place.label, LONGEST_LABEL)
    yield from _against_words(name, "hint", place.hint, LONGEST_HINT)
    if place.default is not None and (problem := problem_of(place.field, place.default)) is not None:
        yield Objection(name, "default", _DEFAULTS[problem])
    if place.required and not (place.field.required or place.field.may_be_required):
        yield Objection(name, "required", Refusal.REQUIRED_IS_FIXED)
    if name in ALWAYS_ASKED:
        if place.visibility != "shown":
            yield Objection(name, "show", Refusal.MUST_BE_SHOWN)
        if place.read_only:
            yield Objection(name, "read-only", Refusal.MUST_BE_TYPED)
    elif place.fixed and place.is_required and place.default is None:
        setting = "show" if place.hidden else "read-only"
        if name not in OWN_CREDENTIALS:
            without = Refusal.HIDDEN_WITHOUT_DEFAULT if place.hidden else Refusal.READ_ONLY_WITHOUT_DEFAULT
            yield Objection(name, setting, without)
        elif not _own_credentials_are_out_of_reach(layout):
            yield Objection(name, setting, Refusal.OWN_CREDENTIALS_NEEDED)


def _own_credentials_are_out_of_reach(layout: Layout) -> bool:
    """Say whether a new account always uses the incoming server's credentials for sending, or none."""
    auth, same = layout.by_name["smtp-auth"], layout.by_name["smtp-same-credentials"]
    return (same.fixed and same.default != "off") or (auth.fixed and auth.default == "off")

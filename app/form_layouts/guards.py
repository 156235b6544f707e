"""What a layout must not do to a form: decisions without effects. The edge puts them into words."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.form_layouts.defaults import DefaultProblem, problem_of
from app.form_layouts.layout import Layout, Placement

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


@dataclass(frozen=True, slots=True)
class Objection:
    """One refusal: of which field, and which of its settings (``show``, ``default``, ``required``, ``read-only``)."""

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
    return tuple(objection for place in layout.places for objection in _against(place, layout))


def _against(place: Placement, layout: Layout) -> Iterator[Objection]:
    name = place.field.name
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

"""Without a script: the button below the address can fill in what is missing, and errors say so."""

from collections.abc import Sequence

from flask_babel import gettext as _

from app.autodiscovery import SUGGESTED_FIELDS
from app.mail.settings import Side
from app.web import replies
from app.web.accounts.forms import AccountForm
from app.web.accounts.laying_out import suggestion_for
from app.web.accounts.wording import MISSING

# The section, the field's label and id, and what is wrong.
Errors = Sequence[tuple[str, str, str, str]]


def name_the_button(form: AccountForm, errors: Errors) -> Errors:
    """Say at each field that the button would fill in that it can; return ``errors`` with that at the first of them."""
    names = _missing(form)
    if not names:
        return errors
    words = _("“Suggest settings” below the address can fill it in.")
    for name in names:
        field = form.shown(name)
        field.errors = [*field.errors, words]
    first = next(place for place, (_section, _label, leads_to, _said) in enumerate(errors) if leads_to in names)
    section, label, leads_to, said = errors[first]
    return [*errors[:first], (section, label, leads_to, f"{said} {words}"), *errors[first + 1 :]]


def _missing(form: AccountForm) -> Sequence[str]:
    """Return the fields that are refused because they are empty, and have a suggestion, as far as anybody can tell."""
    if replies.wants_partial() or form.shown("email") is None:
        return ()  # a script suggests by itself; without the address there is no button
    fields = [field for field in map(form.shown, SUGGESTED_FIELDS) if field is not None]
    names = [field.name for field in fields if MISSING.get(field.name) in field.errors]
    suggestion = suggestion_for(str(form.value_of("email") or "")) if names else None
    sides = suggestion.servers if suggestion else list(Side)
    return [name for name in names if name.startswith(tuple(f"{side}-" for side in sides))]

"""Where a form that somebody else was faster with says something else than its account does by now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from app import accounts
from app.extensions import db
from app.form_layouts import Kind, Section
from app.web.accounts.forms import AccountForm
from app.web.accounts.laying_out import as_sent
from app.web.accounts.wording import CHOICES, LABELS
from app.web.stationery.choosing import choices as stationery_choices


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that says something else by now, in words: where it is, and what it says. Never a password."""

    section: str
    label: str
    theirs: str


def differences(form: AccountForm, titles: Mapping[Section, str]) -> list[Difference]:
    """Return what differs between ``form`` and the account that it would replace, in the order of the form."""
    conflict = form.conflict
    if conflict is None or conflict.account_id is None or conflict.newer is None:
        return []
    theirs = accounts.details_of(accounts.get(db.session, conflict.account_id)).to_json()
    language = str(get_locale())
    return [
        Difference(
            str(titles[part.section]),
            place.label.of(language) or str(LABELS[place.field.name]),
            _words(place.field.name, place.field.kind, theirs[place.field.name]),
        )
        for part in form.layout.sections
        for place in part.places
        if place.field.kind is not Kind.SECRET and form.value_of(place.field.name) != theirs[place.field.name]
    ]


def _words(name: str, kind: Kind, value: Any) -> str:
    if kind is Kind.SWITCH:
        return str(_("Yes") if value else _("No"))
    choices = stationery_choices() if kind is Kind.STATIONERY else CHOICES.get(name, ())
    return str(dict(choices).get(value, as_sent(value) or "-"))

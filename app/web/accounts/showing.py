"""A form back to the browser: as a page or a partial, with everything that stands beside its fields."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from flask import Response, flash, url_for
from flask_babel import gettext as _

from app import accounts
from app.autodiscovery import SUGGESTED_FIELDS
from app.extensions import current_config
from app.form_layouts import Kind, Layout, Placement, Section
from app.mail.settings import ConnectionSecurity
from app.models import Account
from app.web import replies
from app.web.accounts.forms import AccountForm
from app.web.accounts.wording import LOOKS, NO_ENCRYPTION, PORT_25, SECTION_TITLES, SPACED_PASSWORD, Look, sources_of
from app.web.fields import SecretField

Lines = tuple[tuple[str, ...], ...]


def render_form(form: AccountForm, *, test_view: Any = None, status: int = 200) -> Response:
    """Return the whole form: the page, or to htmx the form alone, which then replaces the one that was sent."""
    context = form_context(form)
    context["verdicts"] = _lost_passwords(form) | (test_view.field_verdicts if test_view else {})
    response = replies.page_or_partial(
        "accounts/form.html", "accounts/_form_update.html", status=status, test_view=test_view, **context
    )
    if replies.wants_partial():
        # Morphing keeps the cursor, and the passwords that were typed: no answer ever carries them.
        response.headers["HX-Retarget"] = "#account-form"
        response.headers["HX-Reswap"] = "outerMorph"
    return response


def lead_to_saved(account: Account, words: str) -> Response:
    """Lead the browser to the account that was saved, and say so there, along with what looks like a slip."""
    flash(words, "success")
    if accounts.details_of(account, current_config().vault).spaced_passwords:
        flash(SPACED_PASSWORD, "warning")
    return replies.leave(url_for("accounts.edit", account_id=account.id))


def form_context(form: AccountForm) -> dict[str, Any]:
    """Return what the templates of the form need."""
    account_id = form.opened.account_id
    return {
        "form": form,
        "action": url_for("accounts.add") if account_id is None else url_for("accounts.edit", account_id=account_id),
        "account_name": form.values["name"],
        "groups": _groups(form.layout, additional=False),
        "additional": _groups(form.layout, additional=True),
        "titles": SECTION_TITLES,
        "looks": _looks(form),
        "sources": _sources(form),
        "pins": {side: pin for side, pin in form.pins.items() if pin is not None},
        "verdicts": {},
        "errors": _errors(form),
    }


def look_of(name: str, value: str) -> Look:
    """Return how a field looks while it holds ``value``: some values have a hint of their own."""
    look = LOOKS[name]
    if look.kind == "select" and value == ConnectionSecurity.NONE:
        return replace(look, hint=NO_ENCRYPTION, warns=True)
    return replace(look, hint=PORT_25, warns=True) if name == "smtp-port" and value == "25" else look


def _looks(form: AccountForm) -> dict[str, Look]:
    return {name: look_of(name, _shown_value(form, name)) for name in form.layout.names}


def _sources(form: AccountForm) -> dict[str, str]:
    """Return where each suggested value came from, as long as it still stands there."""
    sources = {}
    for name in SUGGESTED_FIELDS:
        remembered = form.opened.memory.of(name)
        if remembered.source is not None and remembered.value == _shown_value(form, name):
            sources[name] = sources_of(name)[remembered.source]
    return sources


def _shown_value(form: AccountForm, name: str) -> str:
    field = form.shown(name)
    if field is None or isinstance(field, SecretField):
        return ""
    return str(field._value() if hasattr(field, "_value") else field.data)


def _errors(form: AccountForm) -> list[tuple[str, str, str, str]]:
    return [
        (SECTION_TITLES[section], form[place.field.name].label.text, place.field.name, " ".join(map(str, errors)))
        for section, places in form.layout.sections
        for place in places
        if place.field.name in form and (errors := form[place.field.name].errors)
    ]


def _lost_passwords(form: AccountForm) -> dict[str, str]:
    """Return what to say beside passwords that a page without JavaScript has to ask for once more."""
    if replies.wants_partial():
        return {}
    spoken = _("Type the password again before you save: for its safety a page never carries it back.")
    return {field.name: spoken for field in form if isinstance(field, SecretField) and field.typed}


@lru_cache(maxsize=64)
def _groups(layout: Layout, *, additional: bool) -> list[list[tuple[Section, Lines]]]:
    """Return the sections, the two servers side by side where they are neighbours."""
    groups: list[list[tuple[Section, Lines]]] = []
    for section, places in layout.sections:
        lines = _lines(tuple(place for place in places if place.additional is additional))
        if not lines:
            continue
        beside = {Section.IMAP, Section.SMTP}
        if section in beside and groups and groups[-1][-1][0] in beside:
            groups[-1].append((section, lines))
        else:
            groups.append([(section, lines)])
    return groups


def _lines(places: tuple[Placement, ...]) -> Lines:
    """Return the fields line by line; a port and the security after it share one."""
    lines: list[tuple[str, ...]] = []
    for before, place in zip((None, *places), places, strict=False):
        if before is not None and (before.field.kind, place.field.kind) == (Kind.PORT, Kind.SECURITY):
            lines[-1] = (*lines[-1], place.field.name)
        else:
            lines.append((place.field.name,))
    return tuple(lines)

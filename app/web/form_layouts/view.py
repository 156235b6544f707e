"""What the editor's templates need."""

from typing import Any

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from app.config import LOCALES
from app.extensions import current_config
from app.form_layouts import (
    CATALOG,
    SAMPLE_ADDRESS,
    Address,
    Kind,
    Layout,
    Objection,
    Placement,
    Section,
    filled,
    objections,
)
from app.mail.settings import ConnectionSecurity
from app.models import FormLayout
from app.web.accounts.showing import form_context
from app.web.accounts.wording import CHOICES, HINTS, LABELS, SECTION_TITLES
from app.web.form_layouts.trying import faults_of, sample_form
from app.web.form_layouts.wording import VISIBILITIES, for_whom, full_name, refusal_sentence

_SPECS = {spec.name: spec for spec in CATALOG}


def errors_of(layout: Layout) -> dict[str, str]:
    """Return what speaks against ``layout``, by the input of the editor: first the guards, then the dry run."""
    refused = {_input(it): refusal_sentence(it, _SPECS) for it in reversed(objections(layout))}
    return refused or faults_of(layout, current_config().port_security)


def editor_context(
    stored: FormLayout, layout: Layout, *, number: int, errors: dict[str, str] | None = None, pressed: str = ""
) -> dict[str, Any]:
    """Return what the editor shows: ``layout``, made from version ``number``; ``pressed`` gets the cursor again."""
    errors = errors or {}
    return {
        "stored": stored,
        "layout": layout,
        "number": number,
        "errors": errors,
        "summary": _summary(layout, errors),
        "pressed": pressed,
        "titles": {section: str(title) for section, title in SECTION_TITLES.items()},
        "full_names": {name: full_name(name) for name in LABELS},
        "ours": {language: _ours(language) for language in LOCALES},
        "visibilities": [(str(visibility), words) for visibility, words in VISIBILITIES.items()],
        "sections": [(str(section), SECTION_TITLES[section]) for section in Section],
        "choices": {name: _choices(name) for name in LABELS},
        "results": {place.field.name: _result(place) for place in layout.places},
        "for_whom": for_whom(stored),
        "sample": SAMPLE_ADDRESS,
        **preview_context(layout),
    }


def preview_context(layout: Layout) -> dict[str, Any]:
    """Return the document of the preview: the real form, as a sample person sees it. A wrong layout has none."""
    if any(it.setting == "default" for it in objections(layout)):
        return {"preview": ""}
    form = sample_form(layout, current_config().port_security)
    return {"preview": render_template("form_layouts/preview.html", **form_context(form))}


def _input(objection: Objection) -> str:
    return f"{objection.field}-{objection.setting}"


def _summary(layout: Layout, errors: dict[str, str]) -> list[tuple[str, str, str, str]]:
    """Return the errors in the order of the page."""
    names = [name for part in layout.sections for name in (part.section, *(it.field.name for it in part.places))]
    owners = {error: max((it for it in names if error.startswith(f"{it}-")), key=len) for error in errors}
    ordered = sorted(errors, key=lambda error: names.index(owners[error]))
    return [("", full_name(owners[error]), error, errors[error]) for error in ordered]


def _ours(language: str) -> dict[str, str]:
    """Return the texts that stand where a layout says nothing else, by the input that would replace them."""
    with force_locale(language):
        texts = {f"{name}-label": str(label) for name, label in LABELS.items()}
        texts |= {f"{name}-hint": str(hint) for name, hint in HINTS.items()}
        return texts | {f"{section}-title": str(title) for section, title in SECTION_TITLES.items()}


def _choices(name: str) -> list[tuple[str, str]]:
    """Return what a default may be, where it is one of a few; empty: it is typed, or there is none."""
    match _SPECS[name].kind:
        case Kind.SWITCH:
            return [("", _("No default")), ("on", _("Switched on")), ("off", _("Switched off"))]
        case Kind.SECURITY:
            words = dict(CHOICES[name])
            return [("", _("No default")), *((str(kind), words[kind]) for kind in ConnectionSecurity)]
        case _:
            return []


def _result(place: Placement) -> str:
    """Return what a template makes of the sample address."""
    if not place.default or not place.field.takes_template:
        return ""
    value = filled(place.default, Address.parse(SAMPLE_ADDRESS))
    return str(_("For %(address)s this is %(value)s.", address=SAMPLE_ADDRESS, value=value))

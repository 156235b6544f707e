"""What the templates of the editor need."""

from typing import Any

from flask import Response, url_for
from flask_babel import gettext as _

from app import clock, stationery
from app.extensions import db
from app.stationery import STARTERS, Fault
from app.web import replies
from app.web.access import current_person
from app.web.stationery.typed import Typed
from app.web.stationery.wording import PLACEHOLDERS, STARTER_NAMES, faults_sentence


def show_editor(typed: Typed, *, errors: dict[str, str] | None = None, status: int = 200, **more: Any) -> Response:
    """Return the editor that was sent: the page, or to htmx the editor alone. Commits its sketch."""
    context = editor_context(typed, errors=errors, **more)
    note_sketch(typed)
    db.session.commit()
    return replies.page_or_partial("stationery/editor.html", "stationery/_editor.html", status=status, **context)


def editor_context(typed: Typed, *, errors: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    """Return what the editor shows."""
    errors = errors or {}
    labels = {"design-name": _("Name"), "design-html": _("Design"), "design-image": _("Images")}
    return {
        "typed": typed,
        "images": stationery.images_of(db.session, stationery_id=typed.stored_id, submission=typed.submission),
        "errors": errors,
        "summary": [("", labels[name], name, errors[name]) for name in labels if name in errors],
        "action": _action(typed),
        "placeholders": PLACEHOLDERS,
        "starters": [(str(starter), STARTER_NAMES[starter]) for starter in STARTERS] if typed.stored is None else [],
        "schemes": [("light", _("Light")), ("dark", _("Dark"))],
        "widths": [("desktop", _("Desktop")), ("phone", _("Phone"))],
        **preview_context(typed),
        **more,
    }


def preview_context(typed: Typed) -> dict[str, Any]:
    """Return what the preview shows: the address of the design as it stands in the editor, or what is wrong with it."""
    found = faults_of(typed)
    return {"typed": typed, "frame": "" if found else _frame(typed), "wrong": faults_sentence(found)}


def _frame(typed: Typed) -> str:
    if typed.stored is not None and typed.source == typed.stored.html:
        return url_for("stationery.sample", stationery_id=typed.stored.id, scheme=typed.scheme)
    for starter, source in STARTERS.items():
        if typed.source == source:
            return url_for("stationery.starter_sample", starter=str(starter), scheme=typed.scheme)
    # What a sketch says changes, so each look at it gets an address of its own.
    now = clock.now().timestamp()
    return url_for("stationery.sketch", submission=typed.submission, scheme=typed.scheme, at=now)


def faults_of(typed: Typed) -> tuple[Fault, ...]:
    """Return what is wrong with the design in the editor."""
    images = stationery.images_of(db.session, stationery_id=typed.stored_id, submission=typed.submission)
    return stationery.faults(typed.source, {image.name for image in images})


def note_sketch(typed: Typed) -> None:
    """Remember what stands in the editor, so that the frame of the preview has an address. The caller commits."""
    if len(typed.source) > stationery.LONGEST:
        return
    stationery.note_sketch(
        db.session,
        typed.submission,
        user_id=current_person().id,
        stationery_id=typed.stored_id,
        source=typed.source,
        now=clock.now(),
    )


def _action(typed: Typed) -> str:
    if typed.inside is not None:
        return url_for("accounts.add_stationery")
    if typed.stored is None:
        return url_for("stationery.add")
    return url_for("stationery.edit", stationery_id=typed.stored.id)

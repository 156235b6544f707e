"""The versions of a layout: listed, compared, restored."""

from flask import Response, abort, flash, request, url_for
from flask_babel import gettext as _

from app import clock, form_layouts
from app.extensions import db
from app.form_layouts import ChangedMeanwhile, LayoutNotFound, LayoutRefused, from_stored
from app.models import FormLayout, FormLayoutVersion
from app.web import replies
from app.web.access import admin_only
from app.web.form_layouts.blueprint import author, blueprint, get_layout
from app.web.form_layouts.wording import difference_words
from app.web.moments import exactly


@blueprint.get("/<id:layout_id>/versions")
@admin_only
def versions(layout_id: int) -> Response:
    """List the versions and, of two of them, what has changed."""
    stored = get_layout(layout_id)
    saved = form_layouts.list_versions(db.session, stored)
    newer = _version(stored, "newer", stored.version)
    older = _version(stored, "older", max(newer.number - 1, 1))
    found = form_layouts.differences(from_stored(older.sections), from_stored(newer.sections))
    return replies.page(
        "form_layouts/versions.html",
        stored=stored,
        versions=[(version, _when(version)) for version in saved],
        numbers=[(str(version.number), _title(version)) for version in saved],
        older=older.number,
        newer=newer.number,
        differences=[difference_words(it) for it in found],
    )


@blueprint.post("/<id:layout_id>/restore")
@admin_only
def restore(layout_id: int) -> Response:
    """Save an earlier version, or the built-in layout, as the newest."""
    stored = get_layout(layout_id)
    number = request.form.get("number", "")
    try:
        if number == "built-in":
            form_layouts.reset(db.session, stored, author=author(), now=clock.now())
        else:
            form_layouts.restore(db.session, stored, _number(number), author=author(), now=clock.now())
    except LayoutNotFound:
        abort(404)
    except LayoutRefused:
        db.session.rollback()
        flash(_("This version no longer makes a form that can be filled in, so it was not restored."), "warning")
    except ChangedMeanwhile:
        db.session.rollback()
        flash(_("Somebody else has saved this layout meanwhile, so nothing was restored."), "warning")
    else:
        db.session.commit()
        said = _("The built-in layout is restored.") if number == "built-in" else _("The version is restored.")
        flash(said, "success")
    return replies.leave(url_for("form_layouts.versions", layout_id=layout_id))


def _version(stored: FormLayout, name: str, otherwise: int) -> FormLayoutVersion:
    number = _number(request.args.get(name, "")) or otherwise
    try:
        return form_layouts.get_version(db.session, stored, number)
    except LayoutNotFound:
        abort(404)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def _title(version: FormLayoutVersion) -> str:
    return str(_("Version %(number)s, %(time)s", number=version.number, time=_when(version)))


def _when(version: FormLayoutVersion) -> str:
    return exactly(version.created_at)

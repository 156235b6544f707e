"""The editor of one layout: shown, rearranged without saving anything, saved."""

from flask import Response, abort, flash, request, url_for
from flask_babel import gettext as _

from app import clock, form_layouts
from app.extensions import db
from app.form_layouts import ChangedMeanwhile, Layout, LayoutInvalid
from app.web import replies
from app.web.access import admin_only
from app.web.form_layouts.blueprint import author, blueprint, get_layout
from app.web.form_layouts.reading import moved, read_layout
from app.web.form_layouts.view import editor_context, errors_of, preview_context


@blueprint.get("/<id:layout_id>")
@admin_only
def edit(layout_id: int) -> Response:
    """Show the editor."""
    stored = get_layout(layout_id)
    content = form_layouts.content(db.session, stored)
    return replies.page("form_layouts/editor.html", **editor_context(stored, content, number=stored.version))


@blueprint.post("/<id:layout_id>")
@admin_only
def save(layout_id: int) -> Response:
    """Save a version, or say at each setting why not. Nothing that was set is lost."""
    stored = get_layout(layout_id)
    layout, number = _posted(), _number()
    errors = errors_of(layout)
    if errors:
        context = editor_context(stored, layout, number=number, errors=errors)
        return replies.invalid("form_layouts/editor.html", **context)
    try:
        saved = form_layouts.save(db.session, stored, layout, expected_number=number, author=author(), now=clock.now())
    except ChangedMeanwhile as conflict:
        db.session.rollback()
        context = editor_context(get_layout(layout_id), layout, number=number)
        return replies.invalid("form_layouts/editor.html", newer=conflict.number, **context)
    db.session.commit()
    flash(_("Version %(number)s is saved and in use.", number=saved), "success")
    return replies.leave(url_for("form_layouts.edit", layout_id=layout_id))


@blueprint.post("/<id:layout_id>/arrange")
@admin_only
def arrange(layout_id: int) -> Response:
    """Show the editor after a move, or only the preview of what stands in it. Saves nothing."""
    stored, layout, move = get_layout(layout_id), _posted(), request.form.get("move", "")
    if replies.wants_partial() and not move:
        return replies.page("form_layouts/_preview.html", **preview_context(layout))
    layout = moved(layout, move)
    return replies.page_or_partial(
        "form_layouts/editor.html",
        "form_layouts/_editor.html",
        **editor_context(stored, layout, number=_number(), pressed=move),
    )


@blueprint.get("/<id:layout_id>/arrange")
@blueprint.get("/<id:layout_id>/order")
@blueprint.get("/<id:layout_id>/restore")
@admin_only
def lead_to_the_editor(layout_id: int) -> Response:
    """Lead to the editor whoever reloads an address that it is only sent to."""
    return replies.proceed(url_for("form_layouts.edit", layout_id=layout_id))


def _posted() -> Layout:
    try:
        return read_layout(request.form)
    except LayoutInvalid:
        abort(422)


def _number() -> int:
    """Return the version that the editor was opened with, or that of somebody else which is to be followed."""
    text = request.form.get("follow") or request.form.get("number", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0

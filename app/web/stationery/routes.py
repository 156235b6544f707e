"""The editor of stationery: shown, begun from a starter, saved."""

from dataclasses import replace

from flask import Response, abort, flash, request, url_for
from flask_babel import gettext as _

from app import stationery
from app.extensions import db
from app.stationery import STARTERS, Starter, StationeryChangedMeanwhile, StationeryNotFound
from app.web import replies
from app.web.stationery.blueprint import blueprint, get_stationery
from app.web.stationery.saving import EditorRefused, saved, tell_what_was_removed
from app.web.stationery.typed import Typed
from app.web.stationery.view import editor_context, show_editor


@blueprint.get("/new")
def add() -> Response:
    """Show the editor with a design to begin from."""
    return replies.page("stationery/editor.html", **editor_context(Typed.fresh()))


@blueprint.post("/new")
def create() -> Response:
    """Add a stationery, or say at each field why not."""
    typed = replace(Typed.posted(), stored=None)
    try:
        stored = saved(typed)
    except EditorRefused as refused:
        return show_editor(typed, errors=refused.errors, status=422)
    return _lead_to(typed, stored.id)


@blueprint.get("/<id:stationery_id>")
def edit(stationery_id: int) -> Response:
    """Show the editor of a stored stationery."""
    return replies.page("stationery/editor.html", **editor_context(Typed.of(get_stationery(stationery_id))))


@blueprint.post("/<id:stationery_id>")
def save(stationery_id: int) -> Response:
    """Save a stationery, or say at each field why not. Nothing that was typed is lost, whoever was faster."""
    try:
        typed = Typed.posted(stationery.get(db.session, stationery_id))
        saved(typed)
    except EditorRefused as refused:
        return show_editor(typed, errors=refused.errors, status=422)
    except StationeryChangedMeanwhile as conflict:
        return show_editor(typed, status=422, newer=conflict.version)
    except StationeryNotFound:
        return _removed_meanwhile()
    return _lead_to(typed, stationery_id)


@blueprint.post("/starter")
def begin() -> Response:
    """Put a starter into the editor. What was typed is only replaced by a second press, which is asked for."""
    typed, chosen = Typed.posted(), request.form.get("starter", "")
    if chosen not in list(Starter):
        abort(422)
    if not typed.is_untouched and request.form.get("sure") != chosen:
        return show_editor(typed, asked=chosen)
    return show_editor(replace(typed, source=STARTERS[Starter(chosen)]))


@blueprint.get("/preview")
@blueprint.get("/starter")
@blueprint.get("/images")
def lead_to_the_list() -> Response:
    """Lead to the list whoever reloads an address that an editor is only sent to."""
    return replies.proceed(url_for("stationery.index"))


def _lead_to(typed: Typed, stationery_id: int) -> Response:
    db.session.commit()
    flash(_("The stationery is saved."), "success")
    tell_what_was_removed(typed, stationery.get(db.session, stationery_id))
    return replies.leave(url_for("stationery.edit", stationery_id=stationery_id))


def _removed_meanwhile() -> Response:
    flash(_("Somebody has deleted this stationery meanwhile. Saving what you typed adds it as a new one."), "warning")
    return show_editor(replace(Typed.posted(), stored=None, version=0), status=404)

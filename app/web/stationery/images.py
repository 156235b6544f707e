"""The images of a design: added to an editor, shown, removed. They are kept at once, saved or not."""

from flask import Response, abort, request

from app import clock, stationery
from app.extensions import db
from app.models import StationeryImage
from app.stationery import ImageRefused
from app.web import replies
from app.web.stationery.blueprint import blueprint
from app.web.stationery.documents import image_file
from app.web.stationery.typed import Typed
from app.web.stationery.view import editor_context, note_sketch, show_editor
from app.web.stationery.wording import refusal_sentence


@blueprint.get("/images/<content_id>")
def image(content_id: str) -> Response:
    """Show an image to whoever knows its content id, which cannot be guessed."""
    found = stationery.find_image(db.session, content_id)
    if found is None:
        abort(404)
    return image_file(found.data, found.media_type)


@blueprint.post("/images")
def add_image() -> Response:
    """Add the image that was chosen in the editor."""
    typed = Typed.posted()
    return _answer(typed, added=add_chosen(typed, needed=True))


@blueprint.post("/images/<content_id>/remove")
def remove_image(content_id: str) -> Response:
    """Remove an image of the editor's design."""
    typed = Typed.posted()
    found = stationery.find_image(db.session, content_id)
    if found is None or not _belongs(found, typed):
        return _answer(typed)
    try:
        stationery.remove_image(db.session, found)
    except ImageRefused as refusal:
        return _answer(typed, error=refusal_sentence(refusal.reason))
    return _answer(typed)


def add_chosen(typed: Typed, *, needed: bool = False) -> str:
    """Add the file that came with the editor, if one did; return what is wrong with it. The caller commits."""
    file = request.files.get("design-image")
    data = file.read() if file is not None else b""
    if not data and not needed and not (file and file.filename):
        return ""
    try:
        stationery.add_image(
            db.session,
            filename=(file.filename if file else None) or "",
            data=data,
            stationery_id=typed.stored_id,
            submission=typed.submission,
            now=clock.now(),
        )
    except ImageRefused as refusal:
        return refusal_sentence(refusal.reason)
    return ""


def _belongs(found: StationeryImage, typed: Typed) -> bool:
    if typed.stored_id is not None:
        return found.stationery_id == typed.stored_id
    return found.stationery_id is None and found.submission == typed.submission


def _answer(typed: Typed, *, added: str = "", error: str = "") -> Response:
    """Return the images as they are now, with what is wrong; to htmx those and the preview, which may show them."""
    wrong = added or error
    errors = {"design-image": wrong} if wrong else {}
    if not replies.wants_partial():
        return show_editor(typed, errors=errors, status=422 if wrong else 200)
    note_sketch(typed)
    context = editor_context(typed, errors=errors)
    db.session.commit()
    return replies.page("stationery/_images.html", status=422 if wrong else 200, beside=True, **context)

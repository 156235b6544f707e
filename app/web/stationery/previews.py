"""Designs with a sample message in them."""

from html import escape

from flask import Response, abort, request, url_for
from flask_babel import gettext as _

from app import clock, stationery
from app.extensions import db
from app.stationery import STARTERS, Design, Sketch, Starter, Values
from app.web import replies
from app.web.access import current_person
from app.web.stationery.blueprint import blueprint, get_stationery
from app.web.stationery.documents import document
from app.web.stationery.typed import SCHEMES, Typed
from app.web.stationery.view import note_sketch, preview_context, show_editor
from app.web.stationery.wording import values


@blueprint.post("/preview")
def preview() -> Response:
    """Show what stands in the editor: to htmx only the preview. Saves nothing but the sketch that the frame shows."""
    typed = Typed.posted()
    if not replies.wants_partial():
        return show_editor(typed)
    note_sketch(typed)
    context = preview_context(typed)
    db.session.commit()
    return replies.page("stationery/_preview.html", **context)


@blueprint.get("/sketches/<submission>")
def sketch(submission: str) -> Response:
    """Show what stands in an editor of this person."""
    found = stationery.find_sketch(db.session, submission, user_id=current_person().id)
    return _document(found) if found is not None else abort(404)


@blueprint.get("/<id:stationery_id>/sample")
def sample(stationery_id: int) -> Response:
    """Show a stored stationery."""
    return _document(get_stationery(stationery_id))


@blueprint.get("/starters/<starter>")
def starter_sample(starter: str) -> Response:
    """Show a design to begin from."""
    return _document(Sketch(STARTERS[Starter(starter)])) if starter in list(Starter) else abort(404)


def _document(design: Design) -> Response:
    scheme = request.args.get("scheme", "")
    rendered = stationery.render(design, _sample_message(), _sample_values())
    return document(
        rendered.html,
        [image.content_id for image in rendered.images],
        title=_("Sample message"),
        address_of=address_of,
        scheme=scheme if scheme in SCHEMES else SCHEMES[0],
    )


def address_of(content_id: str) -> str:
    """Return where the image of a design is shown."""
    return url_for("stationery.image", content_id=content_id)


def _sample_message() -> str:
    sentences = (
        _("Good morning,"),
        _("this is a sample, so that you see what a message looks like. Its text stands where data-content is."),
        _("A second paragraph shows the space between the two, and a link:"),
        _("Kind regards"),
    )
    first, second, third, last = map(escape, sentences)
    link = '<a href="https://infirma.pl/">infirma.pl</a>'
    return f"<p>{first}</p><p>{second}</p><p>{third} {link}</p><p>{last}</p>"


def _sample_values() -> Values:
    return values(
        clock.now(),
        account_name="Biuro",
        account_email="biuro@infirma.pl",
        account_colour="#2f74d0",
        sender_name="Biuro",
        sender_email=current_person().email or "maria@infirma.pl",
    )

"""What a message looks like: a draft as it would be sent now, any other as it was frozen when it was queued."""

from flask import Response, abort, request, url_for
from flask_babel import gettext as _

from app import accounts, clock, sending, stationery
from app.extensions import db
from app.models import OutgoingMessage
from app.web.access import current_person
from app.web.mail import dressing
from app.web.mail.blueprint import blueprint, checked_id, own_message
from app.web.stationery.documents import document, image_file
from app.web.stationery.previews import address_of


@blueprint.get("/<message_id>/picture")
def picture(message_id: str) -> Response:
    """Show a message, and nothing but it, for a frame. What was not saved yet has no text."""
    message = sending.find_own(db.session, checked_id(message_id), current_person().id)
    if message is not None and message.html is not None:
        return _frozen(message)
    return _draft(message.content_html if message is not None else "")


@blueprint.get("/<message_id>/images/<content_id>")
def image(message_id: str, content_id: str) -> Response:
    """Show an image of a message as it was sent."""
    found = sending.find_image(db.session, own_message(message_id), content_id)
    return image_file(sending.image_data(db.session, found), found.media_type) if found is not None else abort(404)


def unsaved(text: str) -> Response:
    """Show a text as the message that it would be, on what the address says."""
    return _draft(sending.html_of(sending.cleaned(text)))


def _frozen(message: OutgoingMessage) -> Response:
    return document(
        stationery.shown_again(message.html or ""),
        [it.content_id for it in message.images],
        title=_("The message as recipients see it"),
        address_of=lambda content_id: url_for("mail.image", message_id=message.id, content_id=content_id),
    )


def _draft(content: str) -> Response:
    stationery_id, account_id = (dressing.number(request.args.get(name, "")) for name in ("stationery", "sender"))
    design = stationery.find(db.session, stationery_id) if stationery_id is not None else None
    account = accounts.find(db.session, account_id) if account_id is not None else None
    rendered = stationery.render(design, content, dressing.values_of(account, clock.now()))
    return document(
        rendered.html,
        [it.content_id for it in rendered.images],
        title=_("Preview of the message"),
        address_of=address_of,
    )

"""One fetched message: its page, and its HTML as a document for a frame."""

from flask import Response, request, url_for
from flask_babel import gettext as _

from app import clock, mailbox
from app.extensions import db
from app.mailbox import Span
from app.web import replies
from app.web.mailbox.blueprint import blueprint, placed
from app.web.mailbox.filter import Filter
from app.web.mailbox.view import message_context
from app.web.stationery.documents import document


@blueprint.get("/<id:placement_id>")
def show(placement_id: int) -> Response:
    """Show a message."""
    asked, images = Filter.of(request.args), request.args.get("images") == "all"
    context = message_context(placed(placement_id), asked=asked, images=images, now=clock.now())
    return replies.page("mailbox/message.html", **context)


@blueprint.get("/<id:placement_id>/document")
def picture(placement_id: int) -> Response:
    """Show the HTML of a message, and nothing but it. Images of other servers come only if they were asked for."""
    content = mailbox.whole(db.session, placed(placement_id).message)
    remote = request.args.get("images") == "all"

    def address_of(span: Span) -> str:
        return url_for("mailbox.image", placement_id=placement_id, number=span.begin, to=span.stop)

    html = mailbox.shown(mailbox.read(content), address_of, remote=remote)
    content.close()
    response = document(html, (), title=_("Message"), address_of=str, remote=remote)
    # Whoever serves an image need not know where it was looked at.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.post("/<id:placement_id>/seen")
def mark(placement_id: int) -> Response:
    """Note that a message was read, or that it shall look unread."""
    listed, asked = placed(placement_id), Filter.of(request.args)
    mailbox.note_seen(db.session, listed.placement, seen=request.form.get("seen") != "off")
    db.session.commit()
    if replies.wants_partial():
        return replies.page("mailbox/_seen.html", placement=listed.placement, marks=False, back=asked.arguments)
    if listed.placement.is_read:
        return replies.proceed(url_for("mailbox.show", placement_id=placement_id, **asked.arguments))
    return replies.proceed(asked.address(below=asked.below))


@blueprint.get("/<id:placement_id>/seen")
def lead_to_the_message(placement_id: int) -> Response:
    """Lead to the message whoever reloads an address that its form is only sent to."""
    return replies.proceed(url_for("mailbox.show", placement_id=placement_id))

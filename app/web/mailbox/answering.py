"""An answer to a fetched message."""

from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app import accounts, mailbox
from app.extensions import db
from app.mailbox import Listed, Reply
from app.web.mail import pictures, writing
from app.web.mailbox.blueprint import blueprint, placed
from app.web.mailbox.view import own_addresses
from app.web.moments import exactly


@blueprint.get("/<id:placement_id>/answer")
def answer(placement_id: int) -> Response:
    """Show a message to be written that answers this one, from the account that got it; ``to=all``: and all others."""
    whom = request.args.get("to")

    def picture_of(chosen: dict[str, Any]) -> str:
        return url_for("mailbox.show_answer", placement_id=placement_id, to=whom, **chosen)

    begun = _begun(placed(placement_id))
    if "sender" not in begun:
        flash(
            _("The account that got this message is deleted or switched off. Look which one the answer is from."),
            "info",
        )
    return writing.begin(begun, picture_of)


@blueprint.get("/<id:placement_id>/answer/picture")
def show_answer(placement_id: int) -> Response:
    """Show what an answer looks like of which nothing was typed yet, for a frame."""
    return pictures.unsaved(_begun(placed(placement_id))["text"])


def _begun(listed: Listed) -> MultiDict[str, str]:
    account_id = listed.placement.account_id
    account = accounts.find(db.session, account_id) if account_id is not None else None
    content = mailbox.whole(db.session, listed.message)
    reply = mailbox.reply_to(mailbox.read(content), listed.message.dated_at, own_addresses(account))
    content.close()
    typed = {"to": reply.to, "subject": reply.subject, "in-reply-to": reply.in_reply_to}
    typed |= {"references": reply.references, "text": _quoting(listed, reply)}
    if request.args.get("to") == "all":
        typed["cc"] = reply.cc
    if account is not None and account.active:
        typed["sender"] = str(account.id)
    return MultiDict(typed)


def _quoting(listed: Listed, reply: Reply) -> str:
    if not reply.quote:
        return ""
    time = exactly(reply.written_at or listed.placement.received_at)
    name = listed.message.from_name or listed.message.from_address
    said = (
        _("On %(time)s %(name)s wrote:", time=time, name=name)
        if name
        else _("On %(time)s this was written:", time=time)
    )
    return f"\n\n{said}\n{reply.quote}\n"

"""Messages that were handed over: seen, tried again, taken back, discarded."""

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from app import accounts, clock, jobs, sending
from app.extensions import QueueUnavailable, db, queue
from app.models import MessageState
from app.sending import MessageBusy
from app.web import replies
from app.web.access import current_person
from app.web.mail.blueprint import blueprint, own_message
from app.web.mail.view import list_context, message_context
from app.web.mail.writing import enqueue, show_draft


@blueprint.get("/")
def index() -> Response:
    """Show the person's drafts and messages."""
    context = list_context(sending.list_own(db.session, current_person().id), now=clock.now())
    return replies.page_or_partial("mail/list.html", "mail/_list.html", **context)


@blueprint.get("/<message_id>")
def show(message_id: str) -> Response:
    """Show what became of a message; a draft is shown to be written on."""
    message = own_message(message_id)
    if message.state is MessageState.DRAFT:
        return show_draft(message)
    context = message_context(message, now=clock.now())
    return replies.page_or_partial("mail/message.html", "mail/_message.html", **context)


@blueprint.post("/<message_id>/retry")
def retry(message_id: str) -> Response:
    """Try again; what may have arrived already only if the person says that it may arrive twice."""
    message = own_message(message_id)
    try:
        sending.retry(db.session, message, despite_uncertainty=request.form.get("twice") == "y", now=clock.now())
    except MessageBusy:
        return _busy(message_id)
    db.session.commit()
    enqueue(message_id)
    return replies.proceed(url_for("mail.show", message_id=message_id))


@blueprint.post("/<message_id>/edit")
def edit(message_id: str) -> Response:
    """Make a draft again of a message that nobody has got."""
    try:
        sending.take_back(db.session, own_message(message_id), now=clock.now())
    except MessageBusy:
        return _busy(message_id)
    db.session.commit()
    return replies.leave(url_for("mail.show", message_id=message_id))


@blueprint.get("/<message_id>/discard")
def confirm_discard(message_id: str) -> Response:
    """Ask whether a message is really to be deleted, and say what that means."""
    message = own_message(message_id)
    return replies.page("mail/discard.html", message=message, reach=sending.reach_of(message))


@blueprint.post("/<message_id>/discard")
def discard(message_id: str) -> Response:
    """Delete a message here."""
    try:
        sending.discard(db.session, own_message(message_id))
    except MessageBusy:
        return _busy(message_id)
    db.session.commit()
    flash(_("The message is deleted."), "success")
    return replies.leave(url_for("mail.index"))


@blueprint.post("/<message_id>/copy")
def file_again(message_id: str) -> Response:
    """Try once more to put the copy into the Sent folder."""
    message = own_message(message_id)
    sending.file_again(db.session, message, now=clock.now())
    db.session.commit()
    _enqueue_copy(message_id)
    return replies.proceed(url_for("mail.show", message_id=message_id))


@blueprint.post("/<message_id>/folder")
def choose_folder(message_id: str) -> Response:
    """Remember where the account's copies go, and file this one there."""
    message, folder = own_message(message_id), request.form.get("folder", "")
    account = accounts.find(db.session, message.account_id) if message.account_id is not None else None
    if account is not None and folder in (message.copy_folders or []):
        sending.choose_sent_folder(db.session, account, folder, now=clock.now())
        db.session.commit()
        _enqueue_copy(message_id)
    return replies.proceed(url_for("mail.show", message_id=message_id))


def _busy(message_id: str) -> Response:
    db.session.rollback()
    flash(_("The message has moved on meanwhile, so this was not done. This is how it stands now."), "warning")
    return replies.leave(url_for("mail.show", message_id=message_id))


def _enqueue_copy(message_id: str) -> None:
    try:
        queue.enqueue(jobs.sending.file_copy, message_id)
    except QueueUnavailable:
        # The sweep finds it as soon as the queue is back.
        flash(_("The job queue cannot be reached just now. The copy is filed as soon as it can be."), "warning")

"""Writing a message: opened, kept as one types, given files, and handed over to be sent."""

from collections.abc import Callable
from dataclasses import replace
from math import ceil
from typing import Any
from urllib.parse import urlsplit

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from app import accounts, clock, jobs, sending
from app.extensions import QueueUnavailable, db, queue
from app.mail.address import HostInvalid, canonical_host
from app.models import MessageState, OutgoingMessage
from app.sending import (
    AccountGone,
    Decision,
    Dress,
    FilesTooLarge,
    HeaderNotKept,
    MessageBusy,
    StationeryGone,
    TooManyFiles,
)
from app.web import replies
from app.web.access import current_person
from app.web.mail import dressing, pacing
from app.web.mail.blueprint import blueprint, checked_id, own_message
from app.web.mail.letter import draft_view, files_view, letter_context
from app.web.mail.reading import Form, judge, of_draft, read
from app.web.stationery import choosing

PictureOf = Callable[[dict[str, Any]], str]


@blueprint.get("/new")
def write() -> Response:
    """Show an empty message. A reply comes with recipients, subject and the ids of the thread."""
    return begin(request.args)


def begin(typed: MultiDict[str, str], picture_of: PictureOf | None = None) -> Response:
    """Show a message that begins with what is ``typed``, named like the fields of the form.

    ``picture_of`` returns the address of what it looks like as long as nothing was kept, by sender and stationery.
    """
    form = read(typed)
    if form.typed.account_id is None:
        usable = [account for account in accounts.list_all(db.session) if account.active]
        form = read(typed | {"sender": str(usable[0].id)} if len(usable) == 1 else typed)
    return _page(sending.new_id(), form, picture_of=picture_of)


@blueprint.post("/<message_id>/draft")
def save(message_id: str) -> Response:
    """Keep what was typed so far: htmx asks for it by itself, a button without a script."""
    message = _keep(message_id, form := read(request.form))
    if message is None:
        return _already_gone(message_id)
    _take_files(message, form)
    db.session.commit()
    if replies.wants_partial():
        view = draft_view(message, form, request.form, clock.now())
        return _at_the_draft(message_id, replies.page("mail/_draft_state.html", **view))
    flash(_("The draft is saved."), "success")
    said: dict[str, Any] = {"asked": form.decision.asks or None, "gone": form.decision.gone or None}
    return replies.proceed(url_for("mail.show", message_id=message_id, **said))


@blueprint.post("/<message_id>/files")
def attach(message_id: str) -> Response:
    """Add files to a draft."""
    message = _keep(message_id, form := read(request.form))
    if message is None:
        return _already_gone(message_id)
    _take_files(message, form)
    db.session.commit()
    return _files(message, form)


@blueprint.post("/<message_id>/files/<attachment_id>/remove")
def detach(message_id: str, attachment_id: str) -> Response:
    """Take a file away from a draft."""
    message = _keep(message_id, form := read(request.form))
    if message is None:
        return _already_gone(message_id)
    found = sending.find_attachment(db.session, message, checked_id(attachment_id))
    if found is not None:
        sending.detach(db.session, found)
    db.session.commit()
    return _files(message, form)


@blueprint.post("/<message_id>/send")
def send(message_id: str) -> Response:
    """Hand a message over; what keeps it from being sent is said beside the fields, and everything is kept."""
    message = _keep(message_id, form := read(request.form))
    if message is None:
        return replies.leave(url_for("mail.show", message_id=message_id))
    _take_files(message, form)
    db.session.commit()
    if not judge(form) or not _may_send_now(form) or not _queue(message, form):
        return _at_the_draft(message_id, _page(message_id, form, status=422))
    enqueue(message_id)
    return replies.leave(url_for("mail.show", message_id=message_id))


@blueprint.get("/<message_id>/copy")
@blueprint.get("/<message_id>/draft")
@blueprint.get("/<message_id>/edit")
@blueprint.get("/<message_id>/files")
@blueprint.get("/<message_id>/files/<attachment_id>/remove")
@blueprint.get("/<message_id>/folder")
@blueprint.get("/<message_id>/retry")
@blueprint.get("/<message_id>/send")
def lead_to_the_message(message_id: str, **_rest: str) -> Response:
    """Lead to the message whoever reloads an address that its form is only sent to."""
    return replies.proceed(url_for("mail.show", message_id=checked_id(message_id)))


def show_draft(message: OutgoingMessage) -> Response:
    """Show a draft to go on writing, with what was said when it was saved."""
    form = of_draft(message)
    asks = "asked" in request.args and form.decision.dress.by_hand
    form.decision = replace(form.decision, asks=asks, gone=form.decision.gone or "gone" in request.args)
    return _page(message.id, form, message)


def enqueue(message_id: str) -> None:
    """Have a worker send the message. Where the queue is away it stays queued, and is sent when the queue is back."""
    try:
        queue.enqueue(jobs.sending.send, message_id)
    except QueueUnavailable:
        flash(
            _("The job queue cannot be reached just now. The message is kept and sent as soon as it can be."), "warning"
        )


def _keep(message_id: str, form: Form) -> OutgoingMessage | None:
    """Keep what was typed; None if the message is no draft any more."""
    try:
        return sending.save_draft(db.session, checked_id(message_id), current_person().id, form.typed, now=clock.now())
    except MessageBusy:
        db.session.rollback()
        # Somebody else's is not there at all.
        own_message(message_id)
        return None


def _already_gone(message_id: str) -> Response:
    if replies.wants_partial():
        return replies.page("mail/_draft_state.html", state=_("This message was sent meanwhile."))
    return replies.proceed(url_for("mail.show", message_id=message_id))


def _take_files(message: OutgoingMessage, form: Form) -> None:
    for upload in request.files.getlist("files"):
        if not upload.filename:
            continue
        try:
            with db.session.begin_nested():
                sending.attach(db.session, message, upload.filename, upload.stream)
        except FilesTooLarge:
            form.errors["files"] = _(
                "“%(name)s” was not added: all files together may have at most %(count)s MB.",
                name=upload.filename[:100],
                count=sending.MOST_BYTES // 1024**2,
            )
        except TooManyFiles:
            form.errors["files"] = _("A message can take no more files. Pack them into one.")


def _may_send_now(form: Form) -> bool:
    free_at = pacing.put_off_until(current_person().id)
    if free_at is None:
        return True
    minutes = ceil((free_at - clock.now()).total_seconds() / 60)
    form.errors["to"] = ngettext(
        "These are too many messages in a short time. The draft is kept: send it in a minute.",
        "These are too many messages in a short time. The draft is kept: send it in %(num)d minutes.",
        max(minutes, 1),
    )
    return False


def _queue(message: OutgoingMessage, form: Form) -> bool:
    account = form.account
    try:
        if account is None:
            raise AccountGone
        domain = canonical_host(account.email.rpartition("@")[2])
        now, stationery_id = clock.now(), form.typed.dress.stationery_id
        values = dressing.values_of(account, now)
        # Once more, in the transaction that hands it over: the page may keep an older text by itself at this moment.
        sending.save_draft(db.session, message.id, current_person().id, form.typed, now=now)
        sending.queue(
            db.session, message, account, form.addressed, domain, stationery_id=stationery_id, values=values, now=now
        )
    except MessageBusy:
        # Pressed twice; the first press has sent it.
        db.session.rollback()
        return True
    except AccountGone:
        db.session.rollback()
        judge(form)  # says at the account what to do
        return False
    except (HeaderNotKept, HostInvalid):
        db.session.rollback()
        form.errors["subject"] = _("This cannot be written into a message as it is. Change the subject or the names.")
        return False
    except StationeryGone:
        db.session.rollback()
        choosing.forget_known()
        form.decision = Decision(Dress(dressing.linked_id(form.account)), gone=True)
        form.errors["stationery"] = dressing.gone_sentence(form.decision)
        return False
    db.session.commit()
    return True


def _at_the_draft(message_id: str, response: Response) -> Response:
    """Give the page of a new message or an answer the address of its draft: reloaded, it shows what was written."""
    draft_url = url_for("mail.show", message_id=message_id)
    if replies.wants_partial() and urlsplit(request.headers.get("HX-Current-URL", "")).path != draft_url:
        response.headers["HX-Replace-Url"] = draft_url
    return response


def _files(message: OutgoingMessage, form: Form) -> Response:
    if replies.wants_partial():
        return _at_the_draft(message.id, replies.page("mail/_files.html", **files_view(message.id, message, form)))
    return _page(message.id, form, message, status=422 if form.errors else 200)


def _page(
    message_id: str,
    form: Form,
    message: OutgoingMessage | None = None,
    *,
    status: int = 200,
    picture_of: PictureOf | None = None,
) -> Response:
    message = message or sending.find_own(db.session, message_id, current_person().id)
    if message is not None and message.state is not MessageState.DRAFT:
        return replies.leave(url_for("mail.show", message_id=message_id))
    context = letter_context(message_id, message, form)
    if picture_of is not None and message is None:
        context["picture_url"] = picture_of(dressing.shown_by(form.decision, form.account))
    return replies.page_or_partial("mail/letter.html", "mail/_letter.html", status=status, **context)

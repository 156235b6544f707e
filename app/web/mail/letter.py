"""What the page shows on which a message is written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import format_decimal, format_time, ngettext
from flask_babel import gettext as _

from app import accounts, sending
from app.extensions import db
from app.models import OutgoingMessage
from app.web.mail import dressing
from app.web.mail.reading import Form

Context = dict[str, Any]
_FIELDS = ("sender", "to", "cc", "bcc", "subject", "text", "stationery", "files")


def letter_context(message_id: str, message: OutgoingMessage | None, form: Form) -> Context:
    """Return what the page needs on which a message is written."""
    usable = [account for account in accounts.list_all(db.session) if account.active]
    choices = [(account.id, f"{account.name} <{account.email}>") for account in usable]
    if form.account is None:
        choices.insert(0, ("", _("Choose an account")))  # type: ignore[arg-type]  # a select's values are text in the end
    labels = _labels()
    return {
        "message_id": message_id,
        "form": form,
        "typed": form.typed,
        "choices": choices,
        "account": form.account,
        "has_accounts": bool(usable),
        "labels": labels,
        "error_list": [("", labels[name], name, form.errors[name]) for name in _FIELDS if name in form.errors],
        "state": "",
        **_dress(message_id, form, message.content_html if message is not None else ""),
        **files_view(message_id, message, form),
    }


def draft_view(message: OutgoingMessage, form: Form, posted: Mapping[str, str], now: datetime) -> Context:
    """Return what is said after a draft was kept, and what has to be shown anew because of it."""
    time = format_time(now, "medium")
    saved, shown = _("Draft saved at %(time)s.", time=time), _dress(message.id, form, message.content_html)
    chosen = str(form.typed.dress.stationery_id or "")
    followed = posted.get("stationery", chosen) != chosen and not form.decision.gone
    return {
        "state": f"{saved} {dressing.followed_sentence(form.typed.dress)}" if followed else saved,
        "account": form.account,
        "choose_anew": followed or form.decision.gone != form.shown.gone,
        "answered": "stationery-answer" in posted,
        "show_anew": posted.get("picture-seen") != shown["picture_seen"],
        "message_id": message.id,
        **shown,
    }


def files_view(message_id: str, message: OutgoingMessage | None, form: Form) -> Context:
    """Return what the list of files needs."""
    files = [(file, readable_size(file.size)) for file in message.attachments] if message is not None else []
    most = sending.MOST_BYTES // 1024**2
    return {
        "message_id": message_id,
        "files": files,
        "files_error": form.errors.get("files", ""),
        "files_hint": _("At most %(count)s MB together.", count=most),
    }


def readable_size(size: int) -> str:
    """Return the size of a file in words."""
    if size < 1024:
        return str(ngettext("%(num)d byte", "%(num)d bytes", size))
    return f"{size / 1024:.0f} kB" if size < 1024**2 else f"{format_decimal(size / 1024**2, format='0.0')} MB"


def _dress(message_id: str, form: Form, content: str) -> Context:
    view = dressing.dress_view(form.decision, form.account, content, message_id)
    said = dressing.gone_sentence(form.decision) if form.decision.gone else ""
    return {**view, "stationery_error": form.errors.get("stationery", said)}


def _labels() -> dict[str, str]:
    return {
        "sender": _("From"),
        "to": _("To"),
        "cc": _("Copy (Cc)"),
        "bcc": _("Hidden copy (Bcc)"),
        "subject": _("Subject"),
        "text": _("Text"),
        "stationery": _("Stationery"),
        "files": _("Files"),
    }

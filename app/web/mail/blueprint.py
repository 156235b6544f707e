"""The blueprint that the modules of this folder hang their routes on."""

import re

from flask import Blueprint, abort, request

from app import sending
from app.extensions import db
from app.models import OutgoingMessage
from app.web.access import current_person

blueprint = Blueprint("mail", __name__, url_prefix="/mail")

# All files of a message and the text around them; nothing is kept in memory of what is larger than a few hundred kB.
MOST_POSTED = sending.MOST_BYTES + 2 * 1024 * 1024
_ID = re.compile(r"[A-Za-z0-9_-]{16,32}\Z")
_WITH_FILES = frozenset({"mail.send", "mail.attach", "mail.save", "mail.detach"})


@blueprint.app_url_value_preprocessor
def allow_files(endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Let the forms with files be larger than others; this runs before anybody reads the form."""
    if endpoint in _WITH_FILES:
        request.max_content_length = MOST_POSTED


def checked_id(text: str) -> str:
    """Return an id that a page of ours may have made, or answer that there is nothing."""
    if not _ID.match(text):
        abort(404)
    return text


def own_message(message_id: str) -> OutgoingMessage:
    """Return the person's message of the page's address, or answer that there is nothing."""
    message = sending.find_own(db.session, checked_id(message_id), current_person().id)
    if message is None:
        abort(404)
    return message

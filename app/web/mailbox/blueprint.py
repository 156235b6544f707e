"""The blueprint that the modules of this folder hang their routes on."""

from flask import Blueprint, abort

from app import mailbox
from app.extensions import db
from app.mailbox import Listed

blueprint = Blueprint("mailbox", __name__, url_prefix="/mailbox")


def placed(placement_id: int) -> Listed:
    """Return the message of the page's address, or answer that there is nothing."""
    return mailbox.find_message(db.session, placement_id) or abort(404)

"""A message becomes what it will stay: its stationery goes around what was written, and the images come along.

Kept with the message, because every try and the copy in Sent have to say the same, also when somebody changes or
deletes the stationery in between.
"""

from sqlalchemy.orm import Session

from app import stationery
from app.models import OutgoingImage, OutgoingMessage
from app.stationery import Values

# Without stationery there is nothing to fill in.
_NOTHING = Values(
    account_name="",
    account_email="",
    account_colour="",
    sender_name="",
    sender_email="",
    date="",
    time="",
    year="",
)


class StationeryGone(Exception):
    """The stationery that was chosen is not there any more."""


def freeze(session: Session, message: OutgoingMessage, stationery_id: int | None, values: Values | None) -> None:
    """Write into ``message`` what it looks like. Raises StationeryGone."""
    design = stationery.hold(session, stationery_id) if stationery_id is not None else None
    if stationery_id is not None and design is None:
        raise StationeryGone(stationery_id)
    rendered = stationery.render(design, message.content_html, values or _NOTHING)
    message.html = rendered.html
    message.images = [
        OutgoingImage(content_id=image.content_id, position=number, media_type=image.media_type, data=image.data)
        for number, image in enumerate(rendered.images)
    ]


def thaw(message: OutgoingMessage) -> None:
    """Let go of what ``message`` looked like: it is written on again."""
    message.html = None
    message.images.clear()

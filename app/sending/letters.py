"""From a stored message to the letter that is sent and filed."""

from collections.abc import Iterator
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import (
    AttachmentChunk,
    OutgoingAttachment,
    OutgoingImage,
    OutgoingMessage,
    OutgoingRecipient,
    RecipientKind,
)
from app.sending.compose import File, InlineImage, Letter
from app.sending.headers import Head
from app.sending.recipients import Recipient


class ImageGone(Exception):
    """An image of the message is not there any more: somebody has taken the message out of the worker's hand."""


def letter_of(session: Session, message: OutgoingMessage, *, images_from: Session | None = None) -> Letter:
    """Return what a queued message says, the same at every call. Raises ImageGone.

    Its images are read here, in another session (``images_from``) if there is one; its files when they are needed.
    """
    assert message.message_id is not None  # noqa: S101 -- tells the type checker what being queued means
    assert message.queued_at is not None  # noqa: S101 -- the same
    assert message.html is not None  # noqa: S101 -- the same
    head = Head(
        sender=Recipient(message.sender_name, message.sender_email),
        to=_of_kind(message, RecipientKind.TO),
        cc=_of_kind(message, RecipientKind.CC),
        subject=message.subject,
        date=message.queued_at,
        message_id=message.message_id,
        in_reply_to=message.in_reply_to or "",
        references=(message.references or "").split(),
        automatic=message.automatic,
    )
    images = [_image(images_from or session, image) for image in message.images]
    files = [_file(session, attachment) for attachment in message.attachments]
    return Letter(head, message.html, images, files)


def chunks(session: Session, attachment_id: str) -> Iterator[bytes]:
    """Yield the bytes of a file, a chunk at a time."""
    number = 0
    question = select(AttachmentChunk.data).where(AttachmentChunk.attachment_id == attachment_id)
    while (data := session.scalar(question.where(AttachmentChunk.number == number))) is not None:
        yield data
        number += 1


def image_data(session: Session, image: OutgoingImage) -> bytes:
    """Return the bytes of an image; nothing keeps them longer than the caller. Raises ImageGone."""
    mine = OutgoingImage.message_id == image.message_id, OutgoingImage.content_id == image.content_id
    data = session.scalar(select(OutgoingImage.data).where(*mine))
    if data is None:
        raise ImageGone(image.content_id)
    return data


def _image(session: Session, image: OutgoingImage) -> InlineImage:
    return InlineImage(image.content_id, image.media_type, image_data(session, image))


def _file(session: Session, attachment: OutgoingAttachment) -> File:
    return File(
        attachment.filename, attachment.media_type, attachment.size, read=partial(chunks, session, attachment.id)
    )


def _of_kind(message: OutgoingMessage, kind: RecipientKind) -> list[Recipient]:
    return [recipient_of(row) for row in message.recipients if row.kind is kind]


def recipient_of(row: OutgoingRecipient) -> Recipient:
    """Return the recipient that a row stands for."""
    return Recipient(row.name, row.address)

"""Files of a draft: taken in piece by piece, and let go of."""

import mimetypes
import re
import secrets
from pathlib import PurePosixPath
from typing import IO

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from app.models import AttachmentChunk, OutgoingAttachment, OutgoingMessage
from app.sending.content import cleaned
from app.sending.header_text import flaw_of, single_spaced

CHUNK = 57 * 4096
MOST_BYTES = 25 * 1024 * 1024
MOST_FILES = 50
_LONGEST_NAME = 150
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}\Z")


class FilesTooLarge(Exception):
    """All files of a message together would be more than may travel."""


class TooManyFiles(Exception):
    """A message has so many files already that no more may join."""


def attach(session: Session, message: OutgoingMessage, filename: str, content: IO[bytes]) -> OutgoingAttachment:
    """Add a file to a draft. Raises FilesTooLarge, TooManyFiles; the caller rolls back then."""
    count, total = session.execute(
        select(func.count(), func.coalesce(func.sum(OutgoingAttachment.size), 0)).where(
            OutgoingAttachment.message_id == message.id
        )
    ).one()
    if count >= MOST_FILES:
        raise TooManyFiles
    name = file_name(filename)
    added = OutgoingAttachment(
        id=secrets.token_urlsafe(12),
        message_id=message.id,
        position=count,
        filename=name,
        media_type=media_type(name),
        size=0,
    )
    session.add(added)
    session.flush()
    size, number = 0, 0
    while data := content.read(CHUNK):
        size += len(data)
        if total + size > MOST_BYTES:
            raise FilesTooLarge
        session.execute(insert(AttachmentChunk), {"attachment_id": added.id, "number": number, "data": data})
        number += 1
    added.size = size
    session.flush()
    session.expire(message, ["attachments"])
    return added


def detach(session: Session, attachment: OutgoingAttachment) -> None:
    """Take a file away from its draft."""
    session.execute(delete(OutgoingAttachment).where(OutgoingAttachment.id == attachment.id))
    session.expire_all()


def file_name(typed: str) -> str:
    """Return the name that a file travels under: without a path, on one line, not longer than others can read."""
    # A browser on another system may send the whole path.
    name = single_spaced(cleaned(PurePosixPath(typed.replace("\\", "/")).name)).strip(' "<>.')
    if flaw_of(name) is not None or not name:
        return "file"
    stem, dot, ending = name.rpartition(".")
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{stem[: _LONGEST_NAME - 1 - len(ending)]}.{ending}" if dot and len(ending) < 20 else name[:_LONGEST_NAME]


def media_type(name: str) -> str:
    """Return what kind of file this is by its name; what the browser says is anybody's word."""
    guessed, encoding = mimetypes.guess_type(name, strict=False)
    known = guessed is not None and encoding is None and bool(_MEDIA_TYPE.match(guessed))
    return guessed if known and guessed is not None else "application/octet-stream"

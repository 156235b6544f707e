"""What is in a message, as files: attachments, the images that its text shows, the message itself."""

from collections.abc import Iterator
from email.utils import encode_rfc2231

from flask import Response, abort, request

from app import mailbox
from app.extensions import db
from app.mail.content import Content
from app.mailbox import File
from app.web.mailbox.blueprint import blueprint, placed
from app.web.stationery.documents import IMAGE_POLICY, image_file

# Images that are nothing else; an SVG is a document with a mind of its own.
_SHOWABLE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})


@blueprint.get("/<id:placement_id>/files/<number:number>")
def file(placement_id: int, number: int) -> Response:
    """Hand out a file of a message, to be saved: a browser opens nothing of what strangers send."""
    content = mailbox.whole(db.session, placed(placement_id).message)
    found = next((each for each in mailbox.read(content).files if each.number == number), None)
    data = mailbox.file_data(content, number) if found is not None else None
    if found is None or data is None:
        content.close()
        abort(404)

    response = Response(_closing(content, data[1]), mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = f"attachment; {_file_name(found)}"
    response.headers["Content-Security-Policy"] = IMAGE_POLICY
    return response


@blueprint.get("/<id:placement_id>/images/<number:number>")
def image(placement_id: int, number: int) -> Response:
    """Show an image that came with a message, and lies between ``number`` and ``to`` there.

    Nothing else of the message is read: a text may show hundreds of images.
    """
    stop = request.args.get("to", 0, type=int)
    message = placed(placement_id).message
    if not 0 < stop - number <= mailbox.MOST_OF_IMAGES or stop > message.size:
        abort(404)
    kind, data = mailbox.image_in(mailbox.piece_of(db.session, message, number, stop))
    return image_file(data, kind) if kind in _SHOWABLE else abort(404)


@blueprint.get("/<id:placement_id>/source")
def source(placement_id: int) -> Response:
    """Show a message as it came."""
    content = mailbox.whole(db.session, placed(placement_id).message)
    response = Response(_closing(content, content.chunks()), mimetype="text/plain")
    response.headers["Content-Security-Policy"] = IMAGE_POLICY
    return response


def _closing(content: Content, pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from pieces
    finally:
        content.close()


def _file_name(found: File) -> str:
    name = found.name.replace("/", "_").replace("\\", "_").lstrip(".") or f"file-{found.number}"
    return f"filename*={encode_rfc2231(name, 'utf-8')}"

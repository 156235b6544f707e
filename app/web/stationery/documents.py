"""Messages as documents of their own, for frames that can do nothing.

A document with styles of its own has no place in our pages, whose policy forbids them. So each has an address, and a
policy that allows styles and our images and nothing else, also where somebody opens it in a tab. Links in it open
elsewhere: our pages let nothing foreign into their frames.
"""

from collections.abc import Callable, Iterable
from html import escape

from flask import Response, make_response
from flask_babel import get_locale

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'{remote}; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
IMAGE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


def document(
    html: str,
    content_ids: Iterable[str],
    *,
    title: str,
    address_of: Callable[[str], str],
    scheme: str = "light",
    remote: bool = False,
) -> Response:
    """Return a rendered message; ``address_of`` says where the image with a content id is shown.

    ``remote``: it may also show images of other servers.
    """
    for content_id in content_ids:
        html = html.replace(f'src="cid:{content_id}"', f'src="{escape(address_of(content_id))}"')
    head = f'<meta name="color-scheme" content="{scheme}"><base target="_blank"><title>{escape(title)}</title></head>'
    html = html.replace("</head>", head, 1).replace("<html>", f'<html lang="{get_locale()}">', 1)
    response = make_response(html)
    response.headers["Content-Security-Policy"] = _POLICY.format(remote=" http: https:" if remote else "")
    return response


def image_file(data: bytes, media_type: str) -> Response:
    """Return an image of a message. It never changes: another image has another content id."""
    response = make_response(data)
    response.mimetype = media_type
    response.headers["Content-Security-Policy"] = IMAGE_POLICY
    response.cache_control.private = True
    response.cache_control.max_age = 86_400  # seconds, a day
    return response

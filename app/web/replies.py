"""The only answers a route gives: a page or its partial, a way on, or a refusal.

A route that answers htmx and plain browsers alike renders the partial for the first and the page around it for the
second. An htmx request follows a 303 by itself and asks there for the partial, so ``proceed`` suits answers that belong
into the same place; ``leave`` is for those that belong to another page.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, request


def wants_partial() -> bool:
    """Say whether the request wants a piece of a page: htmx asks, and neither for its history nor for a whole page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-History-Restore-Request") != "true"
        and headers.get("HX-Request-Type") != "full"
    )


def page(template: str, *, status: int = 200, **context: Any) -> Response:
    """Return a whole page."""
    response = make_response(render_template(template, **context), status)
    # The same address may answer with a partial; a cache between must not mix them up.
    response.vary.add("HX-Request")
    return response


def page_or_partial(page_template: str, partial_template: str, *, status: int = 200, **context: Any) -> Response:
    """Return the partial to htmx and the page around it to everybody else."""
    return page(partial_template if wants_partial() else page_template, status=status, **context)


def invalid(page_template: str, partial_template: str | None = None, **context: Any) -> Response:
    """Return what was typed with its errors: 422, which htmx swaps like any other answer."""
    return page_or_partial(page_template, partial_template or page_template, status=422, **context)


def gone(template: str, **context: Any) -> Response:
    """Return a page about something that existed and will not come back: 410."""
    return page(template, status=410, **context)


def proceed(url: str) -> Response:
    """Lead on to ``url`` with 303 after a POST. htmx fetches it and swaps its partial into the same target."""
    response = make_response(redirect(url, 303))
    response.vary.add("HX-Request")
    return response


def leave(url: str) -> Response:
    """Lead the browser itself to ``url``: a new page also where htmx asked, instead of a page inside a page."""
    if request.headers.get("HX-Request") != "true":
        return proceed(url)
    response = make_response("", 200, {"HX-Redirect": url})
    response.vary.add("HX-Request")
    return response


def local_path(url: str | None, *, otherwise: str) -> str:
    """Return ``url`` if it is a path on this server, else ``otherwise``: nobody is led elsewhere by a crafted link.

    Browsers read a backslash as a slash and skip control characters, so that either may hide ``//other.host``.
    """
    if not url or not url.startswith("/") or url.startswith("//"):
        return otherwise
    if "\\" in url or any(ord(character) < 33 or ord(character) == 127 for character in url):
        return otherwise
    parts = urlsplit(url)
    return url if not parts.scheme and not parts.netloc else otherwise

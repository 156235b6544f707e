"""Headers of every answer: what the browser may do with it."""

from collections.abc import Sequence

from flask import Flask, Response, request


def security_policy(*, ancestors: Sequence[str] = (), forms: Sequence[str] = ()) -> str:
    """Return the content security policy of a page: nothing but our own files, no inline script or style.

    Only pages of the origins ``ancestors`` may have it in a frame, and its forms lead here or to the origins ``forms``.
    """
    framed_by, leads_to = " ".join(ancestors) or "'none'", " ".join(["'self'", *forms])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        f"frame-src 'self'; form-action {leads_to}; frame-ancestors {framed_by}; base-uri 'none'"
    )


CONTENT_SECURITY_POLICY = security_policy()

_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def init_app(app: Flask) -> None:
    """Set the headers on every answer of ``app``."""
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    if request.endpoint == "static":
        # The same for everybody, and a page that embeds the form has to load our style and script.
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static" and "Cache-Control" not in response.headers:
        # Pages are personal: neither a proxy nor the Back button after signing out may show them again.
        response.headers["Cache-Control"] = "no-store"
    return response

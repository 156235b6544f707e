"""Static files: named by their content, so that a browser asks for each once; compressed once, and kept.

Only static files are compressed here. A page that holds a secret (its CSRF token) beside what somebody else may have
chosen would give the secret away through its compressed length (BREACH, 2013).
"""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.security import safe_join

_COMPRESSIBLE = frozenset({"text/css", "text/javascript", "image/svg+xml"})


def init_app(app: Flask) -> None:
    """Let templates name static files with ``asset()`` and let browsers keep them."""
    app.jinja_env.globals["asset"] = asset
    app.session_interface = _Sessions()
    app.after_request(_keep_and_compress)


def asset(filename: str) -> str:
    """Return the address of a static file; it changes with the content."""
    path = Path(str(current_app.static_folder)) / filename
    return url_for("static", filename=filename, v=_version(path, path.stat().st_mtime_ns))


class _Sessions(SecureCookieSessionInterface):
    """Sessions that static files know nothing of: "Vary: Cookie" would make browsers ask again after every sign-in."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the session's cookie, except beside a static file."""
        if request.endpoint != "static":
            super().save_session(app, session, response)


@lru_cache(maxsize=64)
def _version(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=64)
def _gzipped(path: Path, _changed: int) -> bytes:
    return gzip.compress(path.read_bytes(), 9, mtime=0)


def _keep_and_compress(response: Response) -> Response:
    if request.endpoint != "static" or response.status_code != 200:
        return response
    if "v" in request.args:
        response.cache_control.no_cache = None
        response.cache_control.public = True
        response.cache_control.max_age = 31_536_000  # seconds, a year
        response.cache_control.immutable = True
    if response.mimetype in _COMPRESSIBLE:
        response.vary.add("Accept-Encoding")
        if request.accept_encodings.quality("gzip") > 0:
            _replace_with_gzip(response)
    return response


def _replace_with_gzip(response: Response) -> None:
    joined = safe_join(str(current_app.static_folder), (request.view_args or {})["filename"])
    path = Path(str(joined))
    response.direct_passthrough = False
    response.set_data(_gzipped(path, path.stat().st_mtime_ns))
    response.headers["Content-Encoding"] = "gzip"
    # The tag is that of the plain file; the address already names the content.
    response.headers.pop("ETag", None)

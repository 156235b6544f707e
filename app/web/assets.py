"""Static files: named by their content, so that a browser asks for each once; put together and compressed once.

A style sheet or script that imports others is sent with them in their place: one request, and what they have in common
is compressed together. What we wrote ourselves is sent without what only its editors read.

Only static files are compressed here. A page that holds a secret (its CSRF token) beside what somebody else may have
chosen would give the secret away through its compressed length (BREACH, 2013).
"""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

import rjsmin
import zopfli.gzip
from flask import Flask, Response, current_app, request, url_for
from werkzeug.security import safe_join

from app.extensions import EMBED_TOKEN

# Both languages' way to import a neighbour, at the beginning of a line of its own.
_IMPORT = re.compile(r'^@?import "([\w./-]+)";\n', re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# Where no space means anything. Before a colon one does: it divides a selector in two.
_GAP = re.compile(r"\s*([{};,>])\s*|(?<=:)\s+")
# A word needs none (CSS Syntax 3, 4.3.11).
_QUOTED = re.compile(r'="([a-z][a-z-]*)"\]')

_WRITTEN = frozenset({".css", ".js"})
_COMPRESSIBLE = frozenset({"text/css", "text/javascript", "image/svg+xml"})


def init_app(app: Flask) -> None:
    """Let templates name static files with ``asset()`` and let browsers keep them."""
    app.jinja_env.globals["asset"] = asset
    app.after_request(_keep_and_compress)


def asset(filename: str) -> str:
    """Return the address of a static file; it changes with the content."""
    path = Path(str(current_app.static_folder)) / filename
    address = url_for("static", filename=filename, v=_version(path, _stamp(path)))
    token = request.environ.get(EMBED_TOKEN)
    # Below a token it would be another file for each link.
    return address if token is None else address.replace(f"/embed/{token}/", "/", 1)


@lru_cache(maxsize=64)
def _version(path: Path, stamp: int) -> str:
    return hashlib.sha256(_content(path, stamp)).hexdigest()[:8]


@lru_cache(maxsize=64)
def _gzipped(path: Path, stamp: int) -> bytes:
    # Smaller by a thirtieth than what zlib makes of it, for the tenth of a second that each file costs once.
    return bytes(zopfli.gzip.compress(_content(path, stamp)))


@lru_cache(maxsize=64)
def _content(path: Path, stamp: int) -> bytes:
    """Return what browsers get."""
    if path.suffix not in _WRITTEN:
        return path.read_bytes()
    own = _IMPORT.sub("", path.read_text())
    return "\n".join([*(_terse(part, part.read_text()) for part in _imported(path, stamp)), _terse(path, own)]).encode()


def _terse(path: Path, text: str) -> str:
    # What others wrote is sent as it was published.
    if "vendor" in path.parts:
        return text
    return _terse_style(text) if path.suffix == ".css" else str(rjsmin.jsmin(text))


def _terse_style(text: str) -> str:
    # What minifiers for CSS there are do not know nested rules.
    lines = " ".join(_COMMENT.sub("", text).split())
    return _QUOTED.sub(r"=\1]", _GAP.sub(r"\1", lines)).replace(";}", "}")


def _stamp(path: Path) -> int:
    """Return a number that changes with the file and with those that it imports."""
    own = path.stat().st_mtime_ns
    return max([own, *(part.stat().st_mtime_ns for part in _imported(path, own))])


@lru_cache(maxsize=64)
def _imported(path: Path, _stamp: int) -> tuple[Path, ...]:
    """Return the files that stand first in what is sent."""
    if path.suffix not in _WRITTEN:
        return ()
    return tuple(path.parent / name for name in _IMPORT.findall(path.read_text()))


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
        _replace_content(response, compress=request.accept_encodings.quality("gzip") > 0)
    return response


def _replace_content(response: Response, *, compress: bool) -> None:
    joined = safe_join(str(current_app.static_folder), (request.view_args or {})["filename"])
    path = Path(str(joined))
    response.direct_passthrough = False
    response.set_data((_gzipped if compress else _content)(path, _stamp(path)))
    # The tag is that of the file as it lies there; the address already names the content.
    response.headers.pop("ETag", None)
    if compress:
        response.headers["Content-Encoding"] = "gzip"

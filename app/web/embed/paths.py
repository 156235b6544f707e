"""The form below ``/embed/TOKEN``: the very routes of the app, mounted there.

So every address that a template writes stays below the token by itself, and there is no second set of routes that
could forget a rule of the first.
"""

import re
from collections.abc import Iterable
from typing import Any

from app.extensions import EMBED_TOKEN
from app.form_layouts import Section

_EMBEDDED = re.compile(r"/embed/([^/]+)(/.*)?\Z", re.DOTALL)
_FORM = "/accounts/new"
# The parts of the form that a host page may ask for one by one; the last has the buttons and the connection test.
PARTS = (*Section, "buttons")


class TokenPaths:
    """WSGI middleware that mounts ``app`` below each token."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer; what is not below a token is passed on as it is."""
        found = _EMBEDDED.match(environ.get("PATH_INFO", ""))
        if found:
            token, rest = found[1], found[2] or ""
            environ[EMBED_TOKEN] = token
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/embed/{token}"
            environ["PATH_INFO"] = _inside(rest)
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer


def _inside(rest: str) -> str:
    # What is asked for is said without the slash at its end; the app's own addresses keep theirs.
    part = rest.strip("/")
    if not part:
        return _FORM
    return f"{_FORM}/{part}" if part in PARTS else rest

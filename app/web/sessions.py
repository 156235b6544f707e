"""Who has a session: neither static files nor embedded forms.

"Vary: Cookie" beside a static file would make browsers ask for it again after every sign-in. In a frame of another site
browsers drop cookies, so nothing of an embedded form may depend on one, and none is set.
"""

from flask import Flask, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask.wrappers import Request

from app.extensions import EMBED_TOKEN


def init_app(app: Flask) -> None:
    """Keep the sessions of ``app`` in a signed cookie."""
    app.session_interface = _Sessions()


class _Sessions(SecureCookieSessionInterface):
    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of ``request``; an embedded form has an empty one that ends with the request."""
        return self.session_class() if EMBED_TOKEN in request.environ else super().open_session(app, request)

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Have only whole pages prolong a session.

        What htmx asks for beside a page would write back what it was sent with, and undo what a page has written
        meanwhile: its notice, for example.
        """
        beside_a_page = request.headers.get("HX-Request") == "true"
        return session.modified or (not beside_a_page and super().should_set_cookie(app, session))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the session's cookie where there is one."""
        if request.endpoint != "static" and EMBED_TOKEN not in request.environ:
            super().save_session(app, session, response)

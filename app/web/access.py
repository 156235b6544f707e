"""Who may ask for what: everything needs sign-in, except what says ``@public``."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import Flask, Response, abort, current_app, request, session, url_for
from flask_babel import gettext as _
from flask_login import UserMixin, current_user, login_user, logout_user

from app import users
from app.extensions import db, login
from app.models import Role, User
from app.web.replies import leave

P = ParamSpec("P")
R = TypeVar("R")

_PUBLIC = "_skrzynka_public"


class SignedIn(UserMixin):  # type: ignore[misc]  # flask_login ships no types
    """The person behind a request, as Flask-Login and the templates see them."""

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        """Return what the session holds: raising the epoch makes it worthless."""
        return f"{self.user.id}.{self.user.session_epoch}"

    @property
    def title(self) -> str:
        """How the pages call this person."""
        return self.user.email or _("Administrator")

    @property
    def needs_password(self) -> bool:
        """Whether this person was let in by a link and could not come back without another."""
        return self.user.password_hash is None

    @property
    def is_admin(self) -> bool:
        """Whether this person administers the installation."""
        return self.user.role is Role.ADMIN


def init_app(app: Flask) -> None:
    """Ask for sign-in before every view that is not public."""
    # "strong" would throw people out whenever their address changes (a phone that leaves the Wi-Fi), with everything
    # they have typed; "basic" makes such a session stale, and a stale one cannot change the password.
    login.session_protection = "basic"
    login.user_loader(_load)
    app.before_request(_require_sign_in)


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Let everybody use ``view``."""
    setattr(view, _PUBLIC, True)
    return view


def admin_only(view: Callable[P, R]) -> Callable[P, R]:
    """Let only administrators use ``view``; others get 403."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if current_person().role is not Role.ADMIN:
            abort(403)
        return view(*args, **kwargs)

    return guarded


def current_person() -> User:
    """Return the person who is signed in. Only for views that are not public."""
    return cast(User, current_user.user)


def enter(user: User) -> None:
    """Sign ``user`` in with a new session: nothing of the one before survives, so a planted one is worth nothing."""
    session.clear()
    session.permanent = True
    # The language stands in the session, so that even the page about a broken database speaks it.
    if user.locale is not None:
        session["locale"] = user.locale
    login_user(SignedIn(user))


def go_out() -> None:
    """Sign the person out and keep nothing but the language."""
    locale = session.get("locale")
    logout_user()
    session.clear()
    if locale is not None:
        session["locale"] = locale


def ask_to_sign_in() -> Response:
    """Lead to the sign-in page and, for a page, back afterwards."""
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return leave(url_for("users.sign_in", next=None if back == "/" else back))


def sign_in_is_missing() -> bool:
    """Say whether the request asks for something that only somebody who is signed in may have."""
    if request.endpoint is None or request.endpoint == "static":
        return False  # an unknown address is 404 for everybody
    view = current_app.view_functions[request.endpoint]
    return not (getattr(view, _PUBLIC, False) or current_user.is_authenticated)


def _require_sign_in() -> None:
    if sign_in_is_missing():
        abort(401)


def _load(session_id: str) -> SignedIn | None:
    user_id, _separator, epoch = session_id.partition(".")
    if not (user_id.isdigit() and epoch.isdigit()):
        return None
    user = users.find(db.session, int(user_id))
    return SignedIn(user) if user is not None and user.session_epoch == int(epoch) else None

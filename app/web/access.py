"""Who may ask for what: everything needs sign-in, except what says ``@public``.

Whoever comes by the link of an embedded form is not signed in, and gets only what says ``@embeddable``.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import Flask, Response, abort, current_app, request, session, url_for
from flask_babel import gettext as _
from flask_login import UserMixin, current_user, login_user, logout_user

from app import users
from app.connection_tests import Owner
from app.extensions import db, login
from app.models import Role, User
from app.web.replies import leave
from app.web.visit import current_visit

P = ParamSpec("P")
R = TypeVar("R")

_PUBLIC = "_skrzynka_public"
_EMBEDDABLE = "_skrzynka_embeddable"
_AFTER_THE_END = "_skrzynka_after_the_end"


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


def embeddable(view: Callable[P, R]) -> Callable[P, R]:
    """Let also those use ``view`` who came by the link of an embedded form, as long as the link is good."""
    setattr(view, _EMBEDDABLE, True)
    return view


def embeddable_to_the_end(view: Callable[P, R]) -> Callable[P, R]:
    """Let them use ``view`` also when their link has been used or its time is over: it shows how a test ended."""
    setattr(view, _AFTER_THE_END, True)
    return embeddable(view)


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


def current_owner() -> Owner:
    """Return who owns what is tested in this request: the person, or the link of an embedded form."""
    visit = current_visit()
    return Owner(user_id=current_person().id) if visit is None else Owner(link_id=visit.link_id)


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
    return not (getattr(view, _PUBLIC, False) or current_visit() or current_user.is_authenticated)


def is_embeddable(endpoint: str) -> bool:
    """Say whether the form in somebody else's page is made of what ``endpoint`` answers."""
    return getattr(current_app.view_functions.get(endpoint), _EMBEDDABLE, False)


def is_open_after_the_end() -> bool:
    """Say whether the request asks for something that a link opens also when it has been used."""
    return getattr(_view(), _AFTER_THE_END, False)


def _require_sign_in() -> None:
    if sign_in_is_missing():
        abort(401)
    if current_visit() is not None and not getattr(_view(), _EMBEDDABLE, False):
        abort(404)


def _view() -> object:
    return current_app.view_functions.get(request.endpoint or "")


def _load(session_id: str) -> SignedIn | None:
    user_id, _separator, epoch = session_id.partition(".")
    if not (user_id.isdigit() and epoch.isdigit()):
        return None
    user = users.find(db.session, int(user_id))
    return SignedIn(user) if user is not None and user.session_epoch == int(epoch) else None

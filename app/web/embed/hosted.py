"""The app below a prefix of another Flask app, which says who is asking and puts its own page around ours."""

from dataclasses import dataclass
from typing import cast

from flask import Flask, Request, abort, g, request

from app import clock, users
from app.extensions import EMBED_TOKEN, db, login
from app.models import Role, User
from app.web import surroundings
from app.web.access import SignedIn
from app.web.surroundings import MOUNTED, Surroundings

# Signing in, choosing a language, watching whether the server is well; and what is asked by those whom no host knows.
_NOT_BELOW_A_HOST = ("users", "locale", "health", "embed_clients", "embed_api")


@dataclass(slots=True)
class Mount:
    """What the host says of a request, and what its page is told of our answer: ``title`` and ``head`` of a whole page.

    ``email`` is how the person is known here, in the records of tests and of layouts.
    """

    email: str
    role: Role
    language: str | None
    morphs: bool
    title: str | None = None
    head: str = ""


def init_app(app: Flask) -> None:
    """Believe the host of ``app``, wherever there is one."""
    app.before_request(_let_in)
    login.request_loader(_who)
    app.jinja_env.globals["tell_host"] = tell_host


def current_mount() -> Mount | None:
    """Return what the host says of this request; None: there is no host."""
    return cast("Mount | None", request.environ.get(MOUNTED))


def tell_host(title: str, head: str) -> str:
    """Have the host's page around this answer know its title and what belongs into its head."""
    mount = current_mount()
    if mount is not None:
        mount.title, mount.head = title, head
    return ""


def _let_in() -> None:
    mount = current_mount()
    if mount is None or EMBED_TOKEN in request.environ or request.endpoint == "static":
        return
    # Whatever is wrong is said inside the host's page.
    surroundings.settle(Surroundings(pages="hosted", guest=True))
    if request.blueprint in _NOT_BELOW_A_HOST:
        abort(404)
    wishes = surroundings.wishes()
    surroundings.settle(Surroundings(pages="hosted", guest=True, **wishes | {"morphs": mount.morphs}))
    g.hosted_person = SignedIn(_recognised(mount))


def _recognised(mount: Mount) -> User:
    """Return the person. Who somebody is, and what they may do, is for the host to say; here it is written down."""
    user = users.find_by_email(db.session, mount.email)
    if user is not None and user.role is mount.role:
        return user
    try:
        user = users.recognise(db.session, email=mount.email, role=mount.role, now=clock.now())
    except users.AddressTaken:
        # Two first requests at the same time: the other one has written it down.
        db.session.rollback()
        return users.recognise(db.session, email=mount.email, role=mount.role, now=clock.now())
    db.session.commit()
    return user


def _who(_request: Request) -> SignedIn | None:
    # Asked only where our own session names nobody, and below a host none ever does.
    return cast("SignedIn | None", g.get("hosted_person"))

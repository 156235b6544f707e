"""Skrzynka inside another Flask app: one call registers it below a prefix.

    register(host, Config.from_environment(os.environ), url_prefix="/mailboxes", person=who_asks, page="mailboxes.html")

The two are mounted, not merged: extensions bind to one app, so that a host with a sign-in, a database, translations or
forms of its own would meet ours in every one of them. What the host's app gets is one blueprint, ``skrzynka``, whose
views hand a request on and put the host's page around the answer. Templates, static files, session, errors stay ours.

In the host's templates, ``skrzynka.html`` has the macros ``head``, ``account_form``, ``account_section`` and
``account_buttons``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, abort, after_this_request, make_response, render_template, request
from markupsafe import Markup
from werkzeug.test import run_wsgi_app

from app.config import Config
from app.factory import ROOT, create_ready_app
from app.models import Role
from app.users import checked_address
from app.web.assets import asset
from app.web.embed.hosted import Mount
from app.web.embed.posted import forget_what_was_read, note_what_is_read, posted
from app.web.surroundings import MOUNTED

_METHODS = ["GET", "POST"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asking, as the host knows them: an address, and whether they may shape the form.

    Raises AddressInvalid for what is no address.
    """

    email: str
    admin: bool = False

    def __post_init__(self) -> None:
        checked_address(self.email)


@dataclass(frozen=True, slots=True)
class Piece:
    """One of our pages, for the page of the host around it: ``title`` is text, ``head`` and ``content`` are HTML."""

    title: str
    head: Markup
    content: Markup


def register(
    host: Flask,
    config: Config,
    *,
    url_prefix: str,
    person: Callable[[], Person | None],
    page: str,
    language: Callable[[], str | None] = lambda: None,
    older_htmx: bool = False,
) -> None:
    """Register Skrzynka below ``url_prefix`` of ``host``.

    ``person`` says who is asking, or None for somebody who may not; those get the host's 401. ``page`` is a template of
    the host; it is rendered around each of our pages with a ``Piece`` named ``skrzynka``. ``language`` says "en" or
    "pl"; None: as the browser asks. ``older_htmx``: the host's pages run an htmx before 4.

    Of several registrations, below different prefixes, the macros show the first. A host with Flask-WTF's CSRFProtect
    calls its ``init_app`` before this, so that our forms, which carry a token of their own, can be exempted.

    Raises NotReady where the database was not migrated, or holds passwords that another key has sealed.
    """
    first = "skrzynka" not in host.blueprints
    # Cookies know neither ports nor prefixes: a name of its own keeps ours apart from a Skrzynka that stands alone.
    own_name = f"skrzynka{url_prefix.replace('/', '-')}"
    mounted = _Mounted(_inner(config, own_name), url_prefix, person, page, language, morphs=not older_htmx)
    templates = str(ROOT / "templates" / "embed" / "hosted")
    blueprint = Blueprint("skrzynka" if first else own_name, __name__, template_folder=templates)
    blueprint.add_url_rule("/", "pages", mounted.answer, defaults={"path": ""}, methods=_METHODS)
    blueprint.add_url_rule("/<path:path>", "pages", mounted.answer, methods=_METHODS)
    # The host's own hooks, which come before us, may look at the form.
    blueprint.url_value_preprocessor(note_what_is_read)
    blueprint.teardown_request(forget_what_was_read)
    if first:
        blueprint.add_app_template_global(mounted.piece, "skrzynka_piece")
        blueprint.add_app_template_global(mounted.asset, "skrzynka_asset")
    host.register_blueprint(blueprint, url_prefix=url_prefix)
    if "csrf" in host.extensions:
        # Our forms carry a token of our own, which the host's Flask-WTF would not know.
        host.extensions["csrf"].exempt(blueprint)


def _inner(config: Config, session_cookie: str) -> Flask:
    inner = create_ready_app(config)
    inner.config["SESSION_COOKIE_NAME"] = session_cookie
    # In a form of the host's own our token stands beside the host's, and the first of a name would count.
    inner.config["WTF_CSRF_FIELD_NAME"] = "skrzynka_csrf_token"
    return inner


@dataclass(frozen=True, slots=True)
class _Mounted:
    """Our app below a prefix of the host's, and what the host has said about it."""

    inner: Flask
    url_prefix: str
    person: Callable[[], Person | None]
    page: str
    language: Callable[[], str | None]
    morphs: bool

    def answer(self, path: str) -> Response:
        """Answer a request below the prefix: one of our pages stands in the host's page."""
        who = self._who()  # before anything that they send is read
        # How much may be sent is for our app to judge, which knows its forms.
        response, mount = self._ask(who, {**request.environ, "PATH_INFO": f"/{path}", "wsgi.input": posted()})
        if mount.title is None:
            return response
        content = _text(response)
        piece = Piece(mount.title, Markup(mount.head), content)  # noqa: S704  (the same)
        around = make_response(render_template(self.page, skrzynka=piece), response.status_code)
        return _carry(response, around)

    def piece(self, path: str, **wishes: str) -> Markup:
        """Return a part of the form for a template of the host."""
        query = urlencode({name: value for name, value in wishes.items() if value})
        # Of the host's own request only who asks, from where and in which language is passed on.
        around = {name: value for name, value in request.environ.items() if not name.startswith("HTTP_HX_")}
        asked = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "CONTENT_LENGTH": "0"}
        environ = {**around, **asked, "wsgi.input": BytesIO(), "HTTP_HX_REQUEST": "true"}
        response, _mount = self._ask(self._who(), environ)
        after_this_request(partial(_carry, response))
        return _text(response)

    def asset(self, filename: str) -> str:
        """Return the address of a static file for a template of the host."""
        base_url = request.host_url.rstrip("/") + request.script_root + self.url_prefix
        with self.inner.test_request_context(base_url=base_url):
            return asset(filename)

    def _who(self) -> Person:
        who = self.person()
        if who is None:
            abort(401)
        return who

    def _ask(self, who: Person, environ: dict[str, Any]) -> tuple[Response, Mount]:
        mount = Mount(who.email, Role.ADMIN if who.admin else Role.MEMBER, self.language(), self.morphs)
        script_name = request.environ.get("SCRIPT_NAME", "") + self.url_prefix
        handed_on = environ | {"SCRIPT_NAME": script_name, MOUNTED: mount}
        return Response(*run_wsgi_app(self.inner.wsgi_app, handed_on)), mount


def _text(response: Response) -> Markup:
    with response:
        return Markup(response.get_data(as_text=True))  # noqa: S704  (rendered by our templates, which escape)


def _carry(response: Response, around: Response) -> Response:
    """Let the host's answer carry what ours says beside its content: our session, and that nobody keeps a copy."""
    for cookie in response.headers.getlist("Set-Cookie"):
        around.headers.add("Set-Cookie", cookie)
    around.headers["Cache-Control"] = "no-store"
    return around

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
    inner = create_ready_app(config)
    # Cookies know neither ports nor prefixes: a name of its own keeps it apart from a Skrzynka that stands alone.
    inner.config["SESSION_COOKIE_NAME"] = f"skrzynka{url_prefix.replace('/', '-')}"
    first = "skrzynka" not in host.blueprints
    name = "skrzynka" if first else f"skrzynka{url_prefix.replace('/', '-')}"
    # In a form of the host's own our token stands beside the host's, and the first of a name would count.
    inner.config["WTF_CSRF_FIELD_NAME"] = "skrzynka_csrf_token"
    blueprint = Blueprint(name, __name__, template_folder=str(ROOT / "templates" / "embed" / "hosted"))

    def ask(environ: dict[str, Any]) -> tuple[Response, Mount]:
        who = person()
        if who is None:
            abort(401)
        mount = Mount(who.email, Role.ADMIN if who.admin else Role.MEMBER, language(), not older_htmx)
        script_name = request.environ.get("SCRIPT_NAME", "") + url_prefix
        answer = run_wsgi_app(inner.wsgi_app, environ | {"SCRIPT_NAME": script_name, MOUNTED: mount}, buffered=True)
        return Response(*answer), mount

    @blueprint.route("/", defaults={"path": ""}, methods=_METHODS)
    @blueprint.route("/<path:path>", methods=_METHODS)
    def pages(path: str) -> Response:
        if person() is None:
            abort(401)  # before anything that they send is read
        request.max_content_length = inner.config["MAX_CONTENT_LENGTH"]
        body = _body()
        sent = {"PATH_INFO": f"/{path}", "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        response, mount = ask({**request.environ, **sent})
        if mount.title is None:
            return response
        content = Markup(response.get_data(as_text=True))  # noqa: S704  (rendered by our templates, which escape)
        piece = Piece(mount.title, Markup(mount.head), content)  # noqa: S704  (the same)
        around = make_response(render_template(page, skrzynka=piece), response.status_code)
        _carry(response, around)
        return around

    def piece(path: str, **wishes: str) -> Markup:
        query = urlencode({name: value for name, value in wishes.items() if value})
        # Of the host's own request only who asks, from where and in which language is passed on.
        around = {name: value for name, value in request.environ.items() if not name.startswith("HTTP_HX_")}
        asked = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "CONTENT_LENGTH": "0"}
        response, _mount = ask({**around, **asked, "wsgi.input": BytesIO(), "HTTP_HX_REQUEST": "true"})

        @after_this_request
        def carry(around: Response) -> Response:
            _carry(response, around)
            return around

        return Markup(response.get_data(as_text=True))  # noqa: S704  (rendered by our templates, which escape)

    if first:
        blueprint.add_app_template_global(piece, "skrzynka_piece")
        blueprint.add_app_template_global(lambda filename: _asset(inner, url_prefix, filename), "skrzynka_asset")
    host.register_blueprint(blueprint, url_prefix=url_prefix)
    if "csrf" in host.extensions:
        # Our forms carry a token of our own, which the host's Flask-WTF would not know.
        host.extensions["csrf"].exempt(blueprint)


def _body() -> bytes:
    """Return what was posted, also where the host has looked at the form, which uses up the stream."""
    return request.get_data() or urlencode(list(request.form.items(multi=True))).encode()


def _carry(response: Response, around: Response) -> None:
    """Let the host's answer carry what ours says beside its content: our session, and that nobody keeps a copy."""
    for cookie in response.headers.getlist("Set-Cookie"):
        around.headers.add("Set-Cookie", cookie)
    around.headers["Cache-Control"] = "no-store"


def _asset(inner: Flask, url_prefix: str, filename: str) -> str:
    with inner.test_request_context(base_url=request.host_url.rstrip("/") + request.script_root + url_prefix):
        return asset(filename)

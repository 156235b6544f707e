"""A small CRM, a Flask app of its own that lets its people add mail accounts with ours.

It has what such apps have, under the names that everybody gives: its own sign-in, forms, translations, database,
blueprint ``accounts``, static files, ids and styles. The lines that are about ours stand in ``create_host`` and in its
templates.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from flask import Blueprint, Flask, Response, g, redirect, render_template, request, url_for
from flask_babel import Babel, get_locale
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_wtf import CSRFProtect
from werkzeug.serving import WSGIRequestHandler, make_server

from app.config import Config
from app.hosting import Person, register

FOLDER = Path(__file__).resolve().parent
CUSTOMERS = [(1, "Żaneta & Synowie"), (2, "Kowalski")]

accounts = Blueprint("accounts", __name__, url_prefix="/accounts")


class Colleague(UserMixin):  # type: ignore[misc]  # flask_login ships no types
    """Somebody who works here; their name is their id."""

    def __init__(self, name: str) -> None:
        self.id = name

    @property
    def email(self) -> str:
        """How others know them."""
        return f"{self.id}@crm.test"


@accounts.get("/")
@login_required
def index() -> str:
    """List the accounts of this app, which are its customers."""
    with closing(sqlite3.connect(g.customers)) as database:
        rows = database.execute("SELECT id, name FROM accounts ORDER BY id").fetchall()
    return render_template("customers.html", rows=rows)


@accounts.route("/whole", methods=["GET", "POST"])
@login_required
def whole() -> str:
    """Show a page of this app with the whole form for a mail account in it."""
    return render_template("whole.html", noted=request.form.get("note", ""))


@accounts.get("/sections")
@login_required
def sections() -> str:
    """Show a form of this app that is partly ours."""
    return render_template("sections.html")


def sign_in(name: str) -> Response:
    """Let in whoever says who they are: this is an example."""
    login_user(Colleague(name))
    return redirect(url_for("accounts.index"))


def create_host(config: Config, customers: Path) -> Flask:
    """Return the CRM, with Skrzynka below ``/mailboxes``; ``config`` is Skrzynka's, ``customers`` its own database."""
    host = Flask("crm", root_path=str(FOLDER), static_folder="crm_static", template_folder="crm_templates")
    host.config.update(SECRET_KEY="of the CRM alone", BABEL_DEFAULT_LOCALE="en")
    CSRFProtect(host)
    Babel(host, locale_selector=lambda: request.accept_languages.best_match(["en", "pl"]) or "en")
    host.jinja_env.globals["get_locale"] = get_locale
    LoginManager(host).user_loader(Colleague)
    host.register_blueprint(accounts)
    host.add_url_rule("/sign-in/<name>", view_func=sign_in)
    host.before_request(lambda: setattr(g, "customers", customers))
    with closing(sqlite3.connect(customers)) as database, database:
        database.execute("CREATE TABLE IF NOT EXISTS accounts (id INTEGER PRIMARY KEY, name TEXT)")
        database.executemany("INSERT OR IGNORE INTO accounts VALUES (?, ?)", CUSTOMERS)
    register(host, config, url_prefix="/mailboxes", person=who_asks, page="mailboxes.html", language=which_language)
    return host


def who_asks() -> Person | None:
    """Return who is signed in here; Ada administers, so she may shape the form."""
    if not current_user.is_authenticated:
        return None
    return Person(current_user.email, admin=current_user.id == "ada")


def which_language() -> str | None:
    """Return the language of the CRM's pages."""
    return request.accept_languages.best_match(["en", "pl"])


@contextmanager
def running(host: Flask, port: int) -> Iterator[str]:
    """Serve ``host`` at ``port`` and yield its address."""
    server = make_server("127.0.0.1", port, host, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    """Writes down no requests."""

    def log(self, *_arguments: object) -> None:
        """Say nothing."""

"""The app inside another Flask app: one call, its own sign-in and page, nothing of the two in each other's way."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

import pytest
from flask import Blueprint, Flask, render_template_string, request, session
from flask_babel import Babel
from flask_login import LoginManager, UserMixin, login_required
from flask_wtf import CSRFProtect
from jinja2 import DictLoader
from sqlalchemy import Engine, inspect, select
from sqlalchemy.orm import Session

from app.config import Config
from app.factory import NotReady
from app.hosting import Person, register
from app.models import Account, AttachmentChunk, ConnectionTest, OutgoingAttachment, Role, User
from app.models.database import engine_for
from tests import cast
from tests.servers.tables import lay_out_file
from tests.web.embed.conftest import SENT, TYPED
from tests.web.page import Page, Visitor

PAGE = """<!doctype html><html lang="pl"><head><title>{{ skrzynka.title }} | Host</title>
{% from "skrzynka.html" import head %}{{ head() }}{{ skrzynka.head }}</head>
<body><p id="host-page">The host's own</p><main>{{ skrzynka.content }}</main></body></html>"""
OWN = """<!doctype html><html lang="pl"><head><title>Own</title>
{% from "skrzynka.html" import head, account_form, account_section, account_buttons %}{{ head(htmx=false) }}</head>
<body><main><h1>Own</h1><p id="email">The host's own</p>{{ account_form(prefix="whole-") }}
<form method="post" action="/own">{{ account_section("identity", prefix="part-") }}
{{ account_section("imap", "part-") }}
{{ account_buttons("identity,imap", prefix="part-") }}
{% if with_token %}<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">{% endif %}</form>
</main></body></html>"""
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@dataclass
class Host:
    """A Flask app with a sign-in, routes and extensions of its own; ``person`` is who it says is asking."""

    app: Flask
    config: Config
    engine: Engine
    person: Person | None = field(default_factory=lambda: Person("anna@host.test"))
    language: str | None = "en"
    visitor: Visitor = field(init=False)

    def __post_init__(self) -> None:
        self.visitor = Visitor(self.app.test_client())

    def register(self, prefix: str = "/mailboxes", page: str = "page.html", **more: bool) -> None:
        register(
            self.app,
            self.config,
            url_prefix=prefix,
            person=lambda: self.person,
            page=page,
            language=lambda: self.language,
            **more,
        )

    def rows(self, table) -> list:
        with Session(self.engine) as session:
            return list(session.scalars(select(table).order_by(inspect(table).primary_key[0])))


@pytest.fixture
def bare(environment: dict[str, str], tmp_path) -> Iterator[Host]:
    """A host that has not registered us yet; on SQLite, for the app's database is the other tests' affair."""
    database = lay_out_file(tmp_path / "hosted.db")
    config = Config.from_environment(environment | {"SKRZYNKA_DATABASE_URL": f"sqlite:///{database}"})
    app = Flask("host")
    app.config["SECRET_KEY"] = "the host's own key"
    app.jinja_loader = DictLoader({"page.html": PAGE, "other.html": PAGE.replace("Host", "Other")})
    host = Host(app, config, engine_for(config.database_url))
    accounts = Blueprint("accounts", __name__, url_prefix="/accounts")
    accounts.add_url_rule("/new", "add", lambda: f"the host's own {session.get('of')}")
    app.register_blueprint(accounts)
    app.add_url_rule(
        "/own",
        "home",
        lambda: render_template_string(OWN, with_token="csrf" in app.extensions),
        methods=["GET", "POST"],
    )
    yield host
    host.engine.dispose()


@pytest.fixture
def host(bare: Host) -> Host:
    bare.register()
    return bare


# What a host may look at before a form below our prefix is ours.
LOOKS = {
    "at nothing": lambda: None,
    "at the form": lambda: request.form.get("nothing"),
    "at the files": lambda: [each.read() for each in request.files.values()],
    "at the bytes": lambda: request.get_data(cache=False),
    "at the beginning": lambda: request.stream.read(100_000),
}


@pytest.fixture(params=list(LOOKS))
def looking(request: pytest.FixtureRequest, bare: Host) -> Host:
    """A host with a hook that looks at what is posted to us."""

    @bare.app.before_request
    def look() -> None:
        LOOKS[request.param]()

    bare.register()
    return bare


@pytest.fixture(params=["sqlite"])
def environment(tmp_path) -> dict[str, str]:
    return {"SKRZYNKA_DATA": str(tmp_path)}


def test_the_hosts_page_stands_around_ours_and_has_our_title(host):
    page = host.visitor.visit("/mailboxes/accounts/new")
    assert (page.status, page.title) == (200, "New account")
    assert page.source.count("<title>") == page.source.count("<!doctype") == 1
    assert "<title>New account | Host</title>" in page.source
    assert page.said("host-page") == "The host's own"
    for tag in ("header", "nav", "footer"):
        assert page.all(tag) == []
    assert page.form().attrib["action"] == "/mailboxes/accounts/new"
    assert "no-store" in page.headers["Cache-Control"]


def test_what_belongs_into_the_head_reaches_it(host):
    page = host.visitor.submit(host.visitor.visit("/mailboxes/accounts/new"), button="Test connection", **TYPED)
    assert 'http-equiv="refresh"' in page.source[: page.source.index("</head>")]


def test_our_root_leads_to_the_accounts_below_the_prefix(host):
    answer = host.visitor.client.get("/mailboxes/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mailboxes/accounts/")


def test_an_account_is_added_and_belongs_to_nobody_the_host_does_not_know(host):
    page = host.visitor.submit(host.visitor.visit("/mailboxes/accounts/new"), button="Save changes", **TYPED)
    assert "connection-test" in page.source
    (test,) = host.rows(ConnectionTest)
    (user,) = host.rows(User)
    assert (user.email, user.role, test.user_id) == ("anna@host.test", Role.MEMBER, user.id)
    assert user.password_hash is None


def test_nobody_is_the_hosts_401(host):
    host.person = None
    host.app.register_error_handler(401, lambda _error: ("the host asks to sign in", 401))
    for path in ("/mailboxes/", "/mailboxes/accounts/new", "/mailboxes/embed/x", "/mailboxes/nonsense", "/own"):
        answer = host.visitor.client.get(path)
        assert (answer.status_code, answer.text) == (401, "the host asks to sign in")
    assert host.visitor.client.post("/mailboxes/accounts/new", data=SENT).status_code == 401
    assert host.rows(User) == []


def test_who_may_shape_the_form_is_for_the_host_to_say_each_time(host):
    assert host.visitor.client.get("/mailboxes/form-layouts/").status_code == 403
    host.person = Person("anna@host.test", admin=True)
    assert host.visitor.visit("/mailboxes/form-layouts/").status == 200
    assert host.visitor.visit("/mailboxes/form-layouts/").status == 200
    host.person = Person("ANNA@host.test")
    assert host.visitor.client.get("/mailboxes/form-layouts/").status_code == 403
    assert [(user.email, user.role) for user in host.rows(User)] == [("anna@host.test", Role.MEMBER)]


def test_what_one_person_tests_another_does_not_see(host):
    host.visitor.submit(host.visitor.visit("/mailboxes/accounts/new"), button="Test connection", **TYPED)
    test = host.rows(ConnectionTest)[0].id
    assert host.visitor.client.get(f"/mailboxes/connection-tests/{test}").status_code == 200
    host.person = Person("ola@host.test")
    assert host.visitor.client.get(f"/mailboxes/connection-tests/{test}").status_code == 404


@pytest.mark.parametrize("path", ["sign-in", "users/me/password", "language", "healthz", "metrics", "sign-out"])
def test_what_the_host_has_itself_is_not_there(host, path):
    host.person = Person("anna@host.test", admin=True)
    for method in ("GET", "POST"):
        answer = host.visitor.client.open(f"/mailboxes/{path}", method=method)
        assert answer.status_code in (404, 405)


def test_an_error_of_ours_stands_in_the_hosts_page(host):
    page = host.visitor.visit("/mailboxes/nonsense")
    assert (page.status, page.title) == (404, "There is nothing here")
    assert page.said("host-page")


def test_the_host_chooses_the_language(host):
    host.language = "pl"
    page = host.visitor.visit("/mailboxes/accounts/new")
    assert page.title == "Nowe konto"
    host.language = None
    assert host.visitor.visit("/mailboxes/accounts/new").title == "New account"


def test_static_files_come_from_below_the_prefix(host):
    page = host.visitor.visit("/mailboxes/accounts/new")
    files = [it.attrib["src"] for it in page.all("script")] + [page.one("link", rel="stylesheet").attrib["href"]]
    assert len(files) == 3
    for url in files:
        assert url.startswith("/mailboxes/static/")
        answer = host.visitor.client.get(url)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert "Set-Cookie" not in answer.headers


def test_each_keeps_a_cookie_of_its_own(host):
    @host.app.get("/remember")
    def remember() -> str:
        session["of"] = "anna"
        return "remembered"

    host.visitor.client.get("/remember")
    host.visitor.visit("/mailboxes/accounts/new")
    assert host.visitor.client.get("/accounts/new").text == "the host's own anna"
    assert host.visitor.client.get_cookie("skrzynka-mailboxes") is not None
    assert host.visitor.client.get_cookie("skrzynka") is None


@pytest.mark.parametrize("token", [None, "IjEyMzQ1Ig.aaaaaa.bbbbbb"])
def test_a_forged_form_is_refused(host, token):
    host.visitor.visit("/mailboxes/accounts/new")
    fields = SENT if token is None else SENT | {"skrzynka_csrf_token": token}
    page = host.visitor.post("/mailboxes/accounts/new", fields)
    assert page.status == 400
    assert host.rows(ConnectionTest) == []


def test_errors_come_back_with_their_status_and_what_was_typed(host):
    page = host.visitor.submit(
        host.visitor.visit("/mailboxes/accounts/new"), button="Save changes", **(TYPED | {"email": "nie adres"})
    )
    assert page.status == 422
    assert page.value("email") == "nie adres"
    assert page.said("host-page")


def send_file(host: Host, size: int) -> tuple[Page, bytes]:
    """Give a new message a file of this many bytes."""
    form = host.visitor.visit("/mailboxes/mail/new").form()
    fields = {it.attrib["name"]: it.attrib.get("value", "") for it in form.iter("input") if "name" in it.attrib}
    content = bytes(range(251)) * (size // 251 + 1)
    sent = fields | {"text": "Zażółć", "files": [(BytesIO(content[:size]), "umowa żółta.pdf")]}
    return host.visitor.post(form.attrib["action"].replace("/send", "/files"), sent), content[:size]


def test_a_file_arrives_whole_whoever_has_looked_at_it_before(looking):
    page, content = send_file(looking, 2 * 1024 * 1024)
    assert page.status == 200
    assert (page.value("text").strip(), page.said("host-page")) == ("Zażółć", "The host's own")
    (file,) = looking.rows(OutgoingAttachment)
    assert (file.filename, file.size) == ("umowa żółta.pdf", len(content))
    assert b"".join(chunk.data for chunk in looking.rows(AttachmentChunk)) == content


def test_files_above_the_limit_are_refused_beside_their_field_and_what_was_typed_stays(looking):
    page, _content = send_file(looking, 25 * 1024 * 1024 + 1)
    assert "“umowa żółta.pdf” was not added" in page.said("files-error")
    assert (page.value("text").strip(), page.said("host-page")) == ("Zażółć", "The host's own")
    assert looking.rows(OutgoingAttachment) == []


def test_far_too_much_is_answered_with_our_page_in_the_hosts(looking):
    page, _content = send_file(looking, 28 * 1024 * 1024)
    assert (page.status, page.title) == (413, "That was too much")
    assert page.said("host-page")


def test_what_is_no_upload_is_held_to_the_small_limit_of_our_forms(looking):
    page = looking.visitor.post("/mailboxes/accounts/new", SENT | {"name": "x" * 300_000})
    assert (page.status, page.title) == (413, "That was too much")


def test_an_image_of_a_design_is_added_or_refused_as_without_a_host(looking):
    page = looking.visitor.visit("/mailboxes/stationery/new")
    large = b"\x89PNG\r\n\x1a\n" + b"\0" * (1024 * 1024)
    typed = {"design_name": "Moja", "design_image": (BytesIO(large), "logo.png")}
    page = looking.visitor.submit(page, button="Add image", **typed)
    assert page.status == 422
    assert "smaller" in page.said("design-image-error")
    assert page.value("design-name") == "Moja"


def test_a_download_is_handed_on_piece_by_piece(host):
    with Session(host.engine) as rows:
        placed = cast.received(rows, host.config.vault).id
    held = []
    host.app.after_request(lambda response: held.append(not response.is_streamed) or response)
    answer = host.visitor.client.get(f"/mailboxes/mailbox/{placed}/source")
    assert "Dzień <b>dobry</b>" in answer.text
    assert held == [False]


def test_htmx_gets_the_piece_without_the_hosts_page(host):
    answer = host.visitor.client.get("/mailboxes/accounts/new", headers=HTMX)
    assert "host-page" not in answer.text
    assert 'id="account-form"' in answer.text


def test_the_macros_put_the_form_and_its_parts_into_any_page(host):
    page = host.visitor.visit("/own")
    assert page.status == 200
    assert page.said("email") == "The host's own"
    ours = [it.attrib["id"] for it in page.all() if "id" in it.attrib and it.attrib["id"] != "email"]
    assert {it for it in ours if not it.startswith(("whole-", "part-"))} == set()
    assert page.one("form", id="whole-account-form").attrib["action"] == "/mailboxes/accounts/new?prefix=whole-"
    assert page.all(id="part-smtp-host") == []
    assert page.field("part-imap-host").attrib["name"] == "imap-host"
    assert len(page.all("script")) == 1  # the page has an htmx of its own


def test_a_form_of_the_hosts_own_saves_what_its_sections_hold(host):
    page = host.visitor.visit("/own")
    own = page.form(action="/own")
    typed = {name: value for name, value in TYPED.items() if not name.startswith("smtp")}
    # It has no field for the outgoing server, which is a guess then.
    asked = host.visitor.submit(page, own, button="Save changes", **typed)
    assert (asked.status, asked.one(name="trusted").attrib["value"]) == (422, "infirma.pl")
    assert host.rows(ConnectionTest) == []
    answer = host.visitor.submit(asked, button="Save changes", **typed, trusted="infirma.pl")
    assert answer.status == 200
    (test,) = host.rows(ConnectionTest)
    assert (test.details["imap-host"], test.details["smtp-host"]) == ("imap.infirma.pl", "infirma.pl")


def test_a_host_with_extensions_of_its_own_has_them_to_itself(bare):
    """Flask-Login, Flask-WTF and Flask-Babel, a form that the host has read before us, and its own sign-in."""
    CSRFProtect(bare.app)
    Babel(bare.app, locale_selector=lambda: "en")
    manager = LoginManager(bare.app)
    manager.user_loader(lambda _id: UserMixin())
    bare.app.before_request(lambda: request.form.get("nothing") and None)
    bare.app.add_url_rule("/secret", "secret", login_required(lambda: "secret"))
    bare.register()
    page = bare.visitor.visit("/mailboxes/accounts/new")
    bare.visitor.submit(page, button="Test connection", **(TYPED | {"name": "Żółw & Spółka"}))
    (test,) = bare.rows(ConnectionTest)
    assert test.details["name"] == "Żółw & Spółka"
    assert bare.visitor.client.get("/secret").status_code == 401
    assert bare.visitor.client.post("/own").status_code == 400  # the host's own protection goes on
    assert bare.visitor.visit("/own").status == 200


def test_registered_twice_both_answer_each_in_its_page(bare):
    bare.register()
    bare.register("/more/mail", "other.html")
    for prefix, title in (("/mailboxes", "Host"), ("/more/mail", "Other")):
        page = bare.visitor.visit(f"{prefix}/accounts/new")
        assert f"<title>New account | {title}</title>" in page.source
        assert page.form().attrib["action"] == f"{prefix}/accounts/new"
        bare.visitor.submit(page, button="Test connection", **TYPED)
    assert len(bare.rows(ConnectionTest)) == 2
    assert bare.visitor.client.get_cookie("skrzynka-more-mail") is not None
    assert bare.visitor.visit("/own").one("form", id="whole-account-form").attrib["action"].startswith("/mailboxes/")


def test_an_older_htmx_gets_what_it_knows(bare):
    bare.register(older_htmx=True)
    answer = bare.visitor.client.get("/mailboxes/accounts/new")
    assert "outerMorph" not in answer.text
    assert 'hx-swap="outerHTML' in answer.text


def test_a_database_without_tables_is_said_when_the_app_starts(bare, tmp_path):
    config = Config.from_environment({"SKRZYNKA_DATA": str(tmp_path / "empty")})
    with pytest.raises(NotReady):
        register(bare.app, config, url_prefix="/x", person=lambda: None, page="page.html")


def test_nothing_but_the_form_was_written(host):
    for path in ("/mailboxes/accounts/new", "/mailboxes/accounts/", "/own"):
        assert isinstance(host.visitor.visit(path), Page)
    assert host.rows(Account) == []

from datetime import UTC, datetime

import pytest
from flask_babel import format_datetime

from app.config import Config, ConfigError
from app.extensions import current_config
from app.models import FetchState
from app.web.stationery import wording
from tests import cast
from tests.cast import MEMBER
from tests.web.page import Page, Visitor

NAMES = ("account_name", "account_email", "account_colour", "sender_name", "sender_email")


def language_of(page: Page) -> str:
    return page.one("html").attrib["lang"]


def switch(visitor: Visitor, page: Page, language: str) -> Page:
    form = page.form("/language")
    fields = {control.attrib["name"]: control.attrib["value"] for control in form.iter("input")}
    return visitor.post("/language", fields | {"language": language})


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("pl", "pl"), ("en-GB,en;q=0.9", "en"), ("de,pl;q=0.5", "pl"), ("de-DE,fr;q=0.5", "pl"), ("", "pl")],
)
def test_a_page_speaks_the_browsers_language_and_else_polish(app, asked, answered):
    page = Visitor(app.test_client(), asked).visit("/sign-in")
    assert language_of(page) == answered
    assert page.title == {"pl": "Zaloguj się", "en": "Sign in"}[answered]


def test_a_chosen_language_stays_and_leads_back_to_the_same_page(visitor):
    page = switch(visitor, visitor.visit("/sign-in?next=/users/me/password"), "pl")
    assert page.url == "/sign-in?next=/users/me/password"
    assert language_of(page) == "pl"
    assert language_of(visitor.visit("/sign-in")) == "pl"


def test_a_persons_language_is_remembered_for_the_next_sign_in(client, app, session, member):
    switch(client, client.visit("/users/me/password"), "pl")
    elsewhere = Visitor(app.test_client())
    elsewhere.sign_in(MEMBER.email, MEMBER.password)
    assert language_of(elsewhere.visit("/users/me/password")) == "pl"


def test_the_language_outlives_signing_out(client):
    page = switch(client, client.visit("/users/me/password"), "pl")
    assert language_of(client.submit(page, page.form("/sign-out"))) == "pl"


def test_a_language_that_does_not_exist_changes_nothing(visitor):
    assert language_of(switch(visitor, visitor.visit("/sign-in"), "xx")) == "en"


def test_the_switch_never_leads_to_another_server(visitor):
    page = visitor.visit("/sign-in")
    token = next(iter(page.form("/language").iter("input"))).attrib["value"]
    fields = {"csrf_token": token, "language": "pl", "next": "//evil.example/"}
    assert visitor.client.post("/language", data=fields).headers["Location"] == "/"


def test_the_operator_can_force_a_language_and_then_there_is_no_switch(environment, request):
    environment["SKRZYNKA_LOCALE"] = "pl"
    visitor = Visitor(request.getfixturevalue("app").test_client(), "en")
    page = visitor.visit("/sign-in")
    assert language_of(page) == "pl"
    assert not page.all("form", action="/language")


def test_times_are_those_of_the_time_zone(environment, request):
    environment["SKRZYNKA_TIMEZONE"] = "Asia/Kathmandu"
    app, moment = request.getfixturevalue("app"), datetime(2026, 12, 31, 20, 0, 5, tzinfo=UTC)
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        values = wording.values(moment, **dict.fromkeys(NAMES, ""))
        shown = format_datetime(moment, "medium")
    assert (values.date, values.time.replace("\u202f", " "), values.year) == ("January 1, 2027", "1:45 AM", "2027")
    assert shown.startswith("Jan 1, 2027")


def test_a_page_shows_when_mail_was_last_fetched_in_that_time_zone(environment, request):
    environment["SKRZYNKA_TIMEZONE"] = "Asia/Kathmandu"
    app, client, session = (request.getfixturevalue(name) for name in ("app", "client", "session"))
    with app.app_context():
        account = cast.fetched_account(session, current_config().vault, "fetched")
    state = session.get_one(FetchState, account.id)
    state.succeeded_at = datetime(2026, 12, 31, 20, 0, 5, tzinfo=UTC)
    session.commit()
    shown = client.visit(f"/fetching/{account.id}").one("time").attrib
    assert shown["title"].replace("\u202f", " ") == "Jan 1, 2027, 1:45:05 AM"
    assert shown["datetime"] == "2026-12-31T20:00:05+00:00"


def test_without_a_word_of_the_operator_it_is_the_time_of_warsaw(environment, request):
    app = request.getfixturevalue("app")
    with app.test_request_context("/", headers={"Accept-Language": "pl"}):
        values = wording.values(datetime(2026, 7, 1, 12, 0, tzinfo=UTC), **dict.fromkeys(NAMES, ""))
    assert (values.date, values.time) == ("1 lipca 2026", "14:00")


@pytest.mark.parametrize("name", ["Warszawa", "Europe", "../etc/passwd", "/etc/localtime", "CET-1"])
def test_a_time_zone_that_there_is_not_is_refused_at_the_start(environment, name):
    with pytest.raises(ConfigError, match="SKRZYNKA_TIMEZONE"):
        Config.from_environment(environment | {"SKRZYNKA_TIMEZONE": name})

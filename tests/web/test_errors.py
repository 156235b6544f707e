import logging

import pytest
from flask import abort

from app.extensions import QueueUnavailable, db
from app.web.access import admin_only, public
from tests.web.page import Visitor

SECRET = "what-somebody-typed"


@pytest.fixture
def troubled(app):
    """The app, with an address for every kind of trouble."""

    @public
    def fail(code):
        abort(code)

    @public
    def crash():
        raise ValueError(SECRET)

    @public
    def queue():
        raise QueueUnavailable("The job queue cannot be reached.")

    app.add_url_rule("/fail/<int:code>", view_func=fail)
    app.add_url_rule("/crash", view_func=crash, methods=["GET", "POST"])
    app.add_url_rule("/queue", view_func=queue)
    app.add_url_rule("/admins", "admins", admin_only(lambda: "for administrators"))
    return Visitor(app.test_client())


@pytest.mark.parametrize("code", [400, 403, 404, 405, 410, 413, 422, 429, 500, 503])
def test_every_error_is_a_page_that_says_what_to_do(troubled, code):
    page = troubled.visit(f"/fail/{code}")
    assert page.status == code
    assert len(page.said("main")) > len(page.title) + 20


@pytest.mark.parametrize("code", [400, 404, 500])
def test_to_htmx_an_error_is_a_notice_beside_what_was_typed(troubled, code):
    page = troubled.visit(f"/fail/{code}", htmx=True)
    assert page.status == code
    assert not page.is_document
    assert page.headers["HX-Retarget"] == "#notices"
    assert page.one(role="alert") is not None


def test_errors_speak_the_persons_language(app, troubled):
    page = Visitor(app.test_client(), "pl").visit("/fail/404")
    assert page.title == "Tu niczego nie ma"


def test_a_crash_is_logged_without_what_was_typed(troubled, caplog):
    with caplog.at_level(logging.ERROR):
        page = troubled.visit("/crash")
    assert page.status == 500
    assert SECRET not in page.source
    assert "ValueError" in caplog.text
    assert "in crash" in caplog.text
    assert SECRET not in caplog.text


def test_a_queue_that_is_down_is_said_to_be_down(troubled):
    page = troubled.visit("/queue")
    assert (page.status, page.title) == (503, "Not available at the moment")


def test_the_page_about_a_broken_database_needs_no_database(client, app, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(type(db), "session", property(broken), raising=False)
    page = client.visit("/users/me/password")
    assert (page.status, page.title) == (500, "Something went wrong on our side")


def test_an_unknown_address_is_not_found_for_everybody(visitor):
    assert visitor.visit("/nonsense").status == 404


def test_a_method_that_does_not_exist_names_those_that_do(visitor):
    response = visitor.client.put("/sign-in")
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


def test_too_large_a_form_is_refused(visitor):
    page = visitor.submit(visitor.visit("/sign-in"), email="x" * 300_000, password="y")
    assert (page.status, page.title) == (413, "That was too much")


def test_only_administrators_see_what_is_theirs(troubled, client, admin_client):
    assert client.visit("/admins").status == 403
    assert "for administrators" in admin_client.visit("/admins").source


def test_a_form_without_its_token_is_refused_and_the_page_says_how_to_go_on(client):
    page = client.submit(client.visit("/users/me/password"), csrf_token="made-up", email="x@firma.test")
    assert (page.status, page.title) == (400, "This page was open too long")


def test_a_form_of_somebody_who_was_signed_out_leads_to_sign_in(client):
    page = client.visit("/users/me/password")
    client.client.delete_cookie("skrzynka")
    assert client.submit(page, email="x@firma.test").title == "Sign in"


def test_a_stale_sign_in_form_says_so_instead_of_leading_in_a_circle(visitor):
    page = visitor.submit(visitor.visit("/sign-in"), csrf_token="made-up", email="x@firma.test", password="y")
    assert (page.status, page.title) == (400, "This page was open too long")


@pytest.mark.parametrize("url", ["/sign-in", "/sign-out", "/language", "/users/me/password", "/sign-in/token"])
def test_nothing_can_be_sent_without_a_token(client, url):
    assert client.client.post(url, data={"email": "x@firma.test"}).status_code == 400

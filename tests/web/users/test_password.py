import pytest

from app import users
from app.clock import now
from app.models import User
from tests.cast import ADMIN, MEMBER
from tests.web.page import Visitor

NEW = "a few words of my own"


@pytest.fixture
def first(visitor, session) -> Visitor:
    """The first administrator, let in by the link of the console."""
    token = users.first_link(session, now=now())
    session.commit()
    visitor.submit(visitor.visit(f"/sign-in/{token}"))
    return visitor


def save(visitor: Visitor, **typed: str):
    return visitor.submit(visitor.visit("/users/me/password"), **typed)


def test_the_first_link_leads_to_address_and_password(first):
    page = first.visit("/users/me/password")
    assert page.title == "Set your address and password"
    assert not page.all(id="current-password")


def test_whoever_has_no_password_is_reminded_beside_what_newer_notices_replace(first):
    page = first.visit("/accounts/new")
    assert "You have no password yet" in page.said("main")
    assert "You have no password yet" not in page.said("notices")


def test_the_first_administrator_comes_back_with_address_and_password(first, app):
    page = save(first, email="ania@firma.test", new_password=NEW, new_password_again=NEW)
    assert "Your address and password are saved." in page.text
    later = Visitor(app.test_client())
    assert later.sign_in("ania@firma.test", NEW).status == 200


def test_setting_the_password_keeps_this_session_signed_in(first):
    save(first, email="ania@firma.test", new_password=NEW, new_password_again=NEW)
    assert first.visit("/users/me/password").value("email") == "ania@firma.test"


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "Use at least 10 characters; a few words do well."),
        ("ania@firma.test", "Your address is the first thing somebody would try. Choose something else."),
        ("qwertyuiop", "This password is one of the first that somebody would try. Choose something else."),
        ("aaaaaaaaaaaa", "This password is one of the first that somebody would try. Choose something else."),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(first, session, password, why):
    page = save(first, email="ania@firma.test", new_password=password, new_password_again=password)
    assert page.status == 422
    assert page.said("new-password-error") == why
    assert page.value("email") == "ania@firma.test"
    assert session.query(User).one().password_hash is None


def test_the_error_summary_leads_to_the_fields(first):
    page = save(first, email="", new_password=NEW, new_password_again="something else")
    links = [link.attrib["href"] for link in page.one(id="error-summary").iter("a")]
    assert links == ["#email", "#new-password-again"]


@pytest.mark.parametrize("address", ["ania", "@firma.test", "ania@", "a b@firma.test", "ania@firma.test\u200b"])
def test_what_is_no_address_is_refused(first, address):
    page = save(first, email=address, new_password=NEW, new_password_again=NEW)
    assert page.said("email-error") == "This is not an e-mail address, for example anna@example.com."


def test_an_address_of_somebody_else_is_refused(client, admin):
    page = save(
        client, email=ADMIN.email.upper(), current_password=MEMBER.password, new_password=NEW, new_password_again=NEW
    )
    assert page.status == 422
    assert page.said("email-error") == "Somebody else already signs in with this address."


def test_changing_the_password_needs_the_current_one(client, session, member):
    page = save(client, email=MEMBER.email, current_password="not it at all", new_password=NEW, new_password_again=NEW)
    assert page.status == 422
    assert page.said("current-password-error") == "This is not your current password."
    session.refresh(member)
    assert member.session_epoch == 0


def test_a_change_signs_other_sessions_out(client, app):
    other = Visitor(app.test_client())
    other.sign_in(MEMBER.email, MEMBER.password)
    save(client, email=MEMBER.email, current_password=MEMBER.password, new_password=NEW, new_password_again=NEW)
    assert other.visit("/users/me/password").title == "Sign in"
    assert client.visit("/users/me/password").title == "Address and password"


def test_guessing_the_current_password_is_limited(client):
    statuses = [
        save(
            client, email=f"x{n}@firma.test", current_password=f"guess {n}", new_password=NEW, new_password_again=NEW
        ).status
        for n in range(11)
    ]
    assert statuses == [422] * 10 + [429]


def test_a_session_that_moved_to_another_browser_cannot_set_the_first_password(first):
    response = first.client.get("/users/me/password", headers={"User-Agent": "another browser"})
    assert response.status_code == 403


def test_a_link_for_a_lost_password_asks_for_a_new_one_and_not_for_the_old(app, client, session, member):
    token = users.issue_link(session, member, now=now())
    session.commit()
    helped = Visitor(app.test_client())
    page = helped.submit(helped.visit(f"/sign-in/{token}"))
    assert page.url == "/users/me/password"
    assert page.value("email") == MEMBER.email
    assert not page.all(id="current-password")
    assert client.visit("/users/me/password").title == "Sign in", "the sessions that were open have ended"
    assert Visitor(app.test_client()).sign_in(MEMBER.email, MEMBER.password).status == 422
    page = save(helped, email=MEMBER.email, new_password=NEW, new_password_again=NEW)
    assert "Your address and password are saved." in page.text
    assert Visitor(app.test_client()).sign_in(MEMBER.email, NEW).status == 200


def test_the_sign_in_page_says_what_to_do_about_a_lost_password(visitor):
    assert "Ask your administrator for a new link" in visitor.visit("/sign-in").text

import pytest

from app import users
from app.clock import now
from tests.cast import MEMBER
from tests.web.page import Visitor


def test_a_page_asks_for_sign_in_and_leads_back_to_itself(visitor, member):
    asked = visitor.visit("/users/me/password")
    assert asked.title == "Sign in"
    page = visitor.submit(asked, email=MEMBER.email, password=MEMBER.password)
    assert page.url == "/users/me/password"


def test_the_address_may_be_typed_in_capitals_and_the_password_may_not(visitor, member):
    refused = visitor.sign_in(MEMBER.email.upper(), MEMBER.password.upper())
    assert (refused.status, refused.title) == (422, "Sign in")
    visitor.sign_in(MEMBER.email.upper(), MEMBER.password)
    assert visitor.visit("/users/me/password").title == "Address and password"


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(visitor, member):
    unknown = visitor.sign_in("nobody@firma.test", MEMBER.password)
    wrong = visitor.sign_in(MEMBER.email, "something else entirely")
    assert unknown.status == wrong.status == 422
    assert "The e-mail address or the password is wrong." in wrong.text
    assert unknown.text == wrong.text


def test_what_was_typed_is_kept_except_the_password(visitor, member):
    page = visitor.sign_in(MEMBER.email, "something else entirely")
    assert page.value("email") == MEMBER.email
    assert page.value("password") == ""


def test_an_empty_form_says_what_is_missing_beside_the_fields(visitor):
    page = visitor.sign_in("", "")
    assert page.status == 422
    assert page.said("email-error") == "Enter your e-mail address."
    assert page.said("password-error") == "Enter your password."


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example/", "/\t/evil.example/", "javascript:alert(1)"],
)
def test_sign_in_never_leads_to_another_server(visitor, member, target):
    page = visitor.visit("/sign-in")
    token = next(c for c in page.form().iter("input") if c.attrib["name"] == "csrf_token").attrib["value"]
    fields = {"csrf_token": token, "email": MEMBER.email, "password": MEMBER.password, "next": target}
    response = visitor.client.post("/sign-in", data=fields)
    assert (response.status_code, response.headers["Location"]) == (303, "/")


def test_signing_in_starts_a_new_session(visitor, member):
    page = visitor.visit("/sign-in")
    with visitor.client.session_transaction() as before:
        before["planted"] = "by somebody else"
        old_token = before["csrf_token"]
    visitor.submit(page, email=MEMBER.email, password=MEMBER.password)
    with visitor.client.session_transaction() as after:
        assert "planted" not in after
        assert after.get("csrf_token") != old_token


def test_signing_out_ends_the_session(client):
    page = client.submit(client.visit("/users/me/password"), client.visit("/users/me/password").form("/sign-out"))
    assert (page.title, page.url) == ("Sign in", "/sign-in")
    assert "You are signed out." in page.text
    assert client.visit("/users/me/password").title == "Sign in"


def test_signing_out_twice_is_no_error(visitor):
    page = visitor.visit("/sign-in")
    token = next(c for c in page.form().iter("input") if c.attrib["name"] == "csrf_token").attrib["value"]
    assert visitor.post("/sign-out", {"csrf_token": token}).title == "Sign in"


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor, member):
    response = visitor.client.get("/sign-in")
    assert "HttpOnly" in response.headers["Set-Cookie"]
    assert "SameSite=Lax" in response.headers["Set-Cookie"]


def test_htmx_is_told_to_sign_in_and_what_was_typed_stays(visitor):
    response = visitor.client.get("/users/me/password", headers={"HX-Request": "true", "Accept-Language": "en"})
    assert response.status_code == 401
    assert response.headers["HX-Retarget"] == "#notices"
    assert b"Everything you typed is still here" in response.data
    assert b'<a href="/sign-in" target="_blank">' in response.data


def test_a_form_sent_after_the_session_has_ended_is_said_to_be_lost(visitor, app):
    page = visitor.post("/accounts/new", {"name": "Biuro"})
    assert page.url.startswith("/sign-in")
    assert "nothing was saved" in page.said("notices")


def test_after_ten_wrong_passwords_the_person_is_told_how_long_to_wait(visitor, member):
    pages = [visitor.sign_in(MEMBER.email, f"wrong guess {count}") for count in range(11)]
    assert [page.status for page in pages] == [422] * 10 + [429]
    assert pages[-1].title == "Too many attempts"
    assert "Wait 15 minutes, then try again." in pages[-1].text
    assert 840 < int(pages[-1].headers["Retry-After"]) <= 900
    assert visitor.sign_in(MEMBER.email, MEMBER.password).status == 429


def test_wrong_passwords_for_one_person_do_not_keep_others_out(visitor, member):
    for count in range(11):
        visitor.sign_in("somebody@firma.test", f"wrong guess {count}")
    assert visitor.sign_in(MEMBER.email, MEMBER.password).status == 200


def test_one_client_cannot_try_one_password_on_everybody(visitor, member):
    statuses = [visitor.sign_in(f"person{count}@firma.test", "haslo").status for count in range(51)]
    assert statuses == [422] * 50 + [429]


def test_right_passwords_do_not_count(visitor, member):
    for _time in range(12):
        page = visitor.sign_in(MEMBER.email, MEMBER.password)
        visitor.submit(page, page.form("/sign-out"))
    assert visitor.sign_in(MEMBER.email, MEMBER.password).status == 200


def test_without_redis_people_can_still_sign_in_and_guessing_is_still_limited(environment, request):
    environment["SKRZYNKA_REDIS_URL"] = "redis://127.0.0.1:1/0"
    request.getfixturevalue("member")
    visitor = Visitor(request.getfixturevalue("app").test_client())
    statuses = [visitor.sign_in(MEMBER.email, f"wrong guess {count}").status for count in range(11)]
    assert statuses == [422] * 10 + [429]


def test_a_password_change_elsewhere_signs_this_session_out(client, session, member):
    users.set_password(session, member, "an entirely new password")
    session.commit()
    assert client.visit("/users/me/password").title == "Sign in"


def test_a_person_who_was_removed_is_signed_out(client, session, member):
    session.delete(member)
    session.commit()
    assert client.visit("/users/me/password").title == "Sign in"


def test_a_forged_session_is_nobody(visitor, member):
    with visitor.client.session_transaction() as forged:
        forged["_user_id"] = f"{member.id}"
    assert visitor.visit("/users/me/password").title == "Sign in"


def test_looking_at_a_link_does_not_use_it_up(visitor, admin, session):
    token = users.issue_link(session, admin, now=now())
    session.commit()
    visitor.visit(f"/sign-in/{token}")
    page = visitor.submit(visitor.visit(f"/sign-in/{token}"))
    assert page.status == 200
    assert page.all("form", action="/sign-out")


def test_a_link_works_once(visitor, app, admin, session):
    token = users.issue_link(session, admin, now=now())
    session.commit()
    visitor.submit(visitor.visit(f"/sign-in/{token}"))
    second = Visitor(app.test_client())
    page = second.submit(second.visit(f"/sign-in/{token}"))
    assert (page.status, page.title) == (410, "This link no longer works")
    assert second.visit("/users/me/password").title == "Sign in"


def test_a_link_nobody_issued_does_not_work(visitor):
    page = visitor.submit(visitor.visit("/sign-in/made-up"))
    assert (page.status, page.title) == (410, "This link no longer works")


def test_what_is_asked_for_beside_a_page_does_not_write_back_an_older_session(client):
    """The notice of a page that was written meanwhile stands in the cookie."""
    beside = client.client.get("/accounts/", headers={"HX-Request": "true"})
    assert "Set-Cookie" not in beside.headers
    assert "Set-Cookie" in client.client.get("/accounts/").headers

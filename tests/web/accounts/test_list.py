"""The list: what is there, switched in place, and taken away after a question."""

import pytest
from sqlalchemy import select

from app.extensions import current_config
from app.models import Account
from tests import cast
from tests.web.page import words


def test_an_empty_list_leads_to_the_form(client):
    page = client.visit("/accounts/")
    assert "No mail account yet" in page.text
    assert page.all("a", href="/accounts/new")


def test_the_list_shows_what_each_account_is_and_how_its_test_went(client, account):
    row = client.visit("/accounts/").said(f"account-{account.id}")
    for word in ("Biuro", "biuro@infirma.pl", "Active", "Works", "1 hour ago"):
        assert word in row


def test_only_administrators_are_led_to_what_holds_for_all_accounts(client, admin_client, account):
    assert not client.visit("/accounts/").all("a", href="/fetching/")
    page = admin_client.visit("/accounts/")
    (link,) = page.all("a", href="/fetching/")
    assert "How often mail is fetched" in words(link)
    assert admin_client.visit(link.attrib["href"]).status == 200


@pytest.mark.parametrize("htmx", [True, False])
def test_an_account_is_switched_off_and_on_in_place(client, session, account, enqueued, htmx):
    for value, active in (("off", False), ("on", True)):
        page = client.visit("/accounts/")
        form = page.form(f"/accounts/{account.id}/active")
        button = "Switch off" if value == "off" else "Switch on"
        answer = client.submit(page, form, button=button, htmx=htmx)
        assert answer.one(id=f"account-{account.id}") is not None
        session.refresh(account)
        assert account.active is active
    assert enqueued == []


def test_switching_on_what_was_never_tested_tests_it_first(client, session, account, enqueued):
    account.active, account.tested_at = False, None
    session.commit()
    page = client.visit("/accounts/")
    answer = client.submit(page, page.form(f"/accounts/{account.id}/active"), button="Switch on")
    assert len(enqueued) == 1
    assert "Testing both connections" in answer.text
    session.refresh(account)
    assert account.active is False


def test_an_account_is_deleted_after_a_question_that_says_what_stays(client, session, account):
    page = client.visit(f"/accounts/{account.id}/remove")
    assert "is kept" in page.text
    client.submit(page)
    session.rollback()
    assert session.scalars(select(Account)).all() == []


@pytest.mark.parametrize("ticked", [False, True])
def test_fetched_mail_of_a_deleted_account_is_kept_unless_ticked(app, client, session, account, ticked):
    with app.app_context():
        placed = cast.received(session, current_config().vault, of=account)
    address = f"/mailbox/{placed.id}"
    page = client.visit(f"/accounts/{account.id}/remove")
    client.submit(page, with_mail=ticked)
    assert client.visit(address).status == (404 if ticked else 200)
    assert client.visit(f"{address}/answer").status == (404 if ticked else 200)
    assert ("Oferta" in client.visit("/mailbox/").text) is not ticked


@pytest.mark.parametrize("path", ["/accounts/99", "/accounts/99/remove", "/accounts/abc"])
def test_an_account_that_is_not_there_is_not_found(client, path):
    assert client.visit(path).status == 404


def test_nobody_gets_in_without_signing_in(visitor, account):
    for path in ("/accounts/", "/accounts/new", f"/accounts/{account.id}"):
        assert visitor.visit(path).url.startswith("/sign-in")

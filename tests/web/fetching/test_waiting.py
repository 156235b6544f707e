"""What is said above every page about accounts that wait for a person, and when it is gone."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from app import accounts, clock
from app.extensions import current_config
from app.models import Account
from tests import cast
from tests.web.page import Page, Visitor


@pytest.fixture
def have(app, session: Session):
    """Add an account whose fetching stands as the cast says."""

    def add(state: str) -> Account:
        with app.app_context():
            return cast.fetched_account(session, current_config().vault, state)

    return add


def said(page: Page) -> str:
    return page.said("waiting-accounts")


def test_every_page_says_which_account_needs_a_new_password_and_leads_there(client: Visitor, have):
    account = have("held")
    for address in ("/accounts/", f"/accounts/{account.id}", "/mailbox/", "/mail/", f"/fetching/{account.id}"):
        page = client.visit(address)
        assert f"No mail of “{account.name}” is fetched any more: its server does not accept the password." in said(
            page
        )
        (link,) = page.one("div", id="waiting-accounts").iter("a")
        assert link.attrib["href"] == f"/accounts/{account.id}#imap-password"
    assert "imap-password" in {each.attrib.get("id") for each in client.visit(f"/accounts/{account.id}").all("input")}


@pytest.mark.parametrize("state", ["unreadable", "asking"])
def test_what_else_is_waited_for_is_told_by_the_page_about_fetching(client: Visitor, have, state):
    account = have(state)
    (link,) = client.visit("/accounts/").one("div", id="waiting-accounts").iter("a")
    assert link.attrib["href"] == f"/fetching/{account.id}"


@pytest.mark.parametrize("state", ["new", "off", "running", "fetched", "paused", "failing"])
def test_nothing_is_said_where_nobody_is_needed(client: Visitor, have, state):
    have(state)
    assert said(client.visit("/accounts/")) == ""


def test_more_than_three_are_counted(client: Visitor, have):
    for _ in range(5):
        have("held")
    page = client.visit("/mail/")
    assert len(page.one("div", id="waiting-accounts").findall("div")) == 4
    assert "2 more accounts wait for somebody." in said(page)


def test_it_is_gone_when_fetching_goes_on(client: Visitor, have):
    page = client.visit(f"/fetching/{have('held').id}")
    form = next(it for it in page.all("form") if it.attrib["action"].endswith("/now"))
    assert "hx-post" not in form.attrib, "htmx would leave it standing above the page"
    assert said(client.submit(page, form)) == ""


def test_it_is_gone_when_the_account_is_switched_off(client: Visitor, have):
    account = have("held")
    page = client.visit("/accounts/")
    form = page.form(f"/accounts/{account.id}/active")
    assert "hx-post" not in form.attrib
    assert said(client.submit(page, form)) == ""


def test_it_is_gone_when_the_password_is_changed(app, client: Visitor, have, session: Session):
    account = have("held")
    vault = app.extensions["skrzynka.config"].vault
    changed = replace(accounts.details_of(account, vault), imap_password="a new one")
    accounts.change(session, account, changed, expected_version=None, tested=None, vault=vault, now=clock.now())
    session.commit()
    assert said(client.visit("/accounts/")) == ""


def test_it_is_gone_when_a_test_has_passed(client: Visitor, have, session: Session):
    account = have("held")
    accounts.record_test(session, account, accounts.Tested(clock.now(), "ok", "ok"))
    session.commit()
    assert said(client.visit("/accounts/")) == ""


def test_whoever_is_not_signed_in_is_told_nothing(visitor: Visitor, have):
    have("held")
    assert not visitor.visit("/sign-in").all("div", id="waiting-accounts")

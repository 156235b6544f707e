"""What is said above every page about accounts that wait for a person, and when it is gone."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from app import accounts, clock, fetching
from app.extensions import JobQueue, current_config
from app.models import Account, ConnectionTest
from tests import cast
from tests.web.page import Page, Visitor, words


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
    for address in ("/accounts/", "/accounts/new", "/mailbox/", "/mail/", f"/fetching/{have('fetched').id}"):
        page = client.visit(address)
        assert f"No mail of “{account.name}” is fetched any more: its server does not accept the password." in said(
            page
        )
        (link,) = page.one("div", id="waiting-accounts").iter("a")
        assert link.attrib["href"] == f"/accounts/{account.id}#imap-password"
    assert "imap-password" in {each.attrib.get("id") for each in client.visit(f"/accounts/{account.id}").all("input")}


def test_the_pages_of_an_account_say_once_why_it_waits_and_lead_to_the_password(client: Visitor, have):
    account, other = have("held"), have("held")
    form = client.visit(f"/accounts/{account.id}")
    assert form.text.count("refused the user name or the password") == 1
    assert "#imap-password" in [it.attrib["href"] for it in form.one("main").iter("a")]
    page = client.visit(f"/fetching/{account.id}")
    (link,) = [it for it in page.one("section", id="fetching-state").iter("a") if words(it) == "Enter the new password"]
    assert link.attrib["href"] == f"/accounts/{account.id}#imap-password"
    for each in (form, page):
        (link,) = each.one("div", id="waiting-accounts").iter("a")
        assert link.attrib["href"] == f"/accounts/{other.id}#imap-password", "the others are told there too"


def test_the_form_of_an_account_asks_its_question_once(client: Visitor, have):
    form = client.visit(f"/accounts/{have('asking').id}")
    assert form.all("section", id="fetching-question")
    assert said(form) == ""


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
    assert len(list(page.one("div", id="waiting-accounts").iter("p"))) == 4
    assert "2 more accounts wait for somebody." in said(page)


def test_it_is_gone_when_fetching_goes_on(client: Visitor, have):
    page = client.visit(f"/fetching/{have('held').id}")
    form = next(it for it in page.all("form") if it.attrib["action"].endswith("/now"))
    client.submit(page, form)
    assert said(client.visit("/accounts/")) == ""


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


@pytest.fixture
def enqueued(monkeypatch) -> list[str]:
    """The tests that were started; there is no worker behind the queue."""
    calls: list[str] = []
    monkeypatch.setattr(JobQueue, "enqueue", lambda _self, _function, test_id: calls.append(test_id))
    return calls


def with_the_password_again(client: Visitor, account: Account, button: str) -> Page:
    """Type the stored password into the account's form, and press a button there."""
    page = client.visit(f"/accounts/{account.id}")
    return client.submit(page, page.one("form", id="account-form"), button=button, imap_password=cast.CANARY)


def refused_before(page: Page) -> bool:
    return "No mail is fetched" in page.text or "refused the user name or the password" in page.text


@pytest.mark.parametrize("name", ["", "Another name"])
def test_the_stored_password_typed_again_is_tested_and_ends_it(
    app, client: Visitor, have, *, session: Session, enqueued, name
):
    account, vault = have("held"), app.extensions["skrzynka.config"].vault
    page = client.visit(f"/accounts/{account.id}")
    assert refused_before(page)
    typed = {"imap_password": cast.CANARY} | ({"name": name} if name else {})
    panel = client.submit(page, page.one("form", id="account-form"), button="Save changes", **typed)
    (test_id,) = enqueued
    assert "Testing both connections" in panel.said("connection-test-headline")
    assert said(client.visit("/accounts/")), "nothing is proven yet"
    cast.work(session, vault, session.get_one(ConnectionTest, test_id))
    after = client.visit(panel.url)
    assert after.url == f"/accounts/{account.id}"
    assert "The account is saved." in after.said("notices")
    assert not refused_before(after)
    assert said(client.visit("/accounts/")) == ""
    assert [it.account_id for it in fetching.claim_due(session, now=clock.now(), most=9)] == [account.id]


def test_the_stored_password_typed_again_and_refused_again_leaves_it_waiting(
    app, client: Visitor, have, session: Session, enqueued
):
    account, vault = have("held"), app.extensions["skrzynka.config"].vault
    panel = with_the_password_again(client, account, "Save changes")
    cast.work(session, vault, session.get_one(ConnectionTest, enqueued[0]), "failed")
    assert "Neither server accepted the settings" in client.visit(panel.url).said("connection-test-headline")
    assert said(client.visit("/accounts/"))
    assert fetching.claim_due(session, now=clock.now(), most=9) == []


def told_beside_the_form(answer: Page) -> list[str]:
    """Return what an answer to htmx puts above the form it belongs to: who waits, and why its account does."""
    places = [it for it in answer.all("div", class_="notices") if "hx-swap-oob" in it.attrib]
    return [words(it) for it in places if it.attrib["id"] in ("waiting-accounts", "fetching-trouble")]


@pytest.mark.parametrize(("state", "ends"), [("passed", True), ("failed", False)])
@pytest.mark.parametrize("around", ["", "?around=form"])
def test_the_answer_that_shows_what_a_test_came_to_says_who_still_waits(
    app, client: Visitor, have, *, session, enqueued, state, ends, around
):
    account, other, vault = have("held"), have("held"), app.extensions["skrzynka.config"].vault
    page = client.visit(f"/accounts/{account.id}")
    form = page.one("form", id="account-form")
    client.submit(page, form, button="Test connection", htmx=True, imap_password=cast.CANARY)
    (test_id,) = enqueued
    assert not told_beside_the_form(client.visit(f"/connection-tests/{test_id}", htmx=True)), "nothing is known yet"
    cast.work(session, vault, session.get_one(ConnectionTest, test_id), state)
    answer = client.visit(f"/connection-tests/{test_id}{around}", htmx=True)
    above, own = told_beside_the_form(answer)
    assert (own == "") == ends
    assert above.count(f"No mail of “{other.name}”") == 1, "the other one still waits"
    session.delete(other)
    session.commit()
    above, own = told_beside_the_form(client.visit(f"/connection-tests/{test_id}{around}", htmx=True))
    assert (above, own == "") == ("", ends)


@pytest.mark.parametrize("looked_at", ["/accounts/", "/mailbox/", "/mailbox/?unread=y", "/fetching/{other}"])
def test_a_page_that_is_looked_at_again_brings_along_who_waits(client: Visitor, have, session: Session, looked_at):
    account, other = have("held"), have("fetched")
    address = looked_at.format(other=other.id)
    answer = client.visit(address, htmx=True)
    assert account.name in said(answer)
    accounts.record_test(session, account, accounts.Tested(clock.now(), "ok", "ok"))
    session.commit()
    answer = client.visit(address, htmx=True)
    assert said(answer) == ""
    assert "hx-swap-oob" in answer.one("div", id="waiting-accounts").attrib


def test_the_page_about_an_account_that_waits_says_so_itself_and_only_once(client: Visitor, have):
    account, other = have("held"), have("held")
    answer = client.visit(f"/fetching/{account.id}", htmx=True)
    assert said(answer).count("No mail of") == 1
    assert other.name in said(answer)
    assert "Fetching waits for you" in answer.said("fetching-headline")


def test_what_was_tested_before_it_is_saved_is_saved_at_once_and_ends_it(
    app, client: Visitor, have, session: Session, enqueued
):
    account, vault = have("held"), app.extensions["skrzynka.config"].vault
    panel = with_the_password_again(client, account, "Test connection")
    cast.work(session, vault, session.get_one(ConnectionTest, enqueued[0]))
    tested = client.visit(panel.url)
    after = client.submit(tested, tested.one("form", id="account-form"), button="Save changes")
    assert "The account is saved." in after.said("notices")
    assert not refused_before(after)
    assert said(client.visit("/accounts/")) == ""
    assert len(enqueued) == 1


def test_whoever_is_not_signed_in_is_told_nothing(visitor: Visitor, have):
    have("held")
    assert not visitor.visit("/sign-in").all("div", id="waiting-accounts")

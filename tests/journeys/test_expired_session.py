"""A session that ends while somebody types takes nothing away from them."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.cli.database import open_session
from app.config import Config
from tests import cast
from tests.journeys.conftest import House
from tests.journeys.form import FormPage

ADDRESS, PASSWORD = "maria@firma.test", "trzy zielone parasole"


@pytest.fixture
def scripted() -> bool:
    """Without a script the browser leaves the page; that it says so is tested elsewhere."""
    return True


def choose_a_password(page: Page) -> None:
    page.locator("#email").fill(ADDRESS)
    for name in ("#new-password", "#new-password-again"):
        page.locator(name).fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/accounts/")


def sign_in_in_another_tab(page: Page) -> None:
    """Follow the link of the notice, sign in there, and come back."""
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    other = opened.value
    other.locator("#email").fill(ADDRESS)
    other.locator("#password").fill(PASSWORD)
    other.locator("main button[type=submit]").click()
    other.wait_for_url("**/accounts/")
    other.close()


def test_after_signing_in_in_another_tab_the_form_is_sent_as_it_was(form: FormPage):
    page = form.page
    choose_a_password(page)
    form.open()
    form.fill_in()

    page.context.clear_cookies()
    form.press("Test connection")
    expect(page.locator("#notices")).to_contain_text("You are signed out")
    expect(page.locator("#imap-password")).to_have_value(form.password)

    sign_in_in_another_tab(page)
    form.press("Test connection")
    form.wait_for_the_verdict()
    expect(page.locator("#connection-test-headline")).to_contain_text("Both servers accepted")
    expect(page.locator("#notices")).to_be_empty()


def test_after_signing_in_in_another_tab_a_message_is_sent_from_the_account_that_was_chosen(page: Page, house: House):
    config = Config.from_environment(house.environment)
    with open_session(config) as session:
        chosen, _other = (cast.account(session, config.vault) for _ in range(2))
        # Nobody's letters leave: only that they were handed over is looked at.
        name, number = chosen.name, str(chosen.id)
    choose_a_password(page)
    page.goto("/mail/new")
    page.context.clear_cookies()
    page.locator("#sender").select_option(number)
    page.locator("#to").fill("jan@firma.test")
    page.locator("#subject").fill("Oferta")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#notices")).to_contain_text("You are signed out")
    expect(page.locator("#sender")).to_have_value(number)

    sign_in_in_another_tab(page)
    # A browser without windows gives the focus to every tab at once.
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("#notices")).to_be_empty()
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(re.compile(r"/mail/[^/]+$"))
    expect(page.locator("main")).to_contain_text(name)

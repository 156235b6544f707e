"""A session that ends while somebody types takes nothing away from them."""

import pytest
from playwright.sync_api import expect

ADDRESS, PASSWORD = "maria@firma.test", "trzy zielone parasole"


@pytest.fixture
def scripted() -> bool:
    """Without a script the browser leaves the page; that it says so is tested elsewhere."""
    return True


def test_after_signing_in_in_another_tab_the_form_is_sent_as_it_was(form):
    page = form.page
    page.locator("#email").fill(ADDRESS)
    for name in ("#new-password", "#new-password-again"):
        page.locator(name).fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/accounts/")
    form.open()
    form.fill_in()

    page.context.clear_cookies()
    form.press("Test connection")
    expect(page.locator("#notices")).to_contain_text("You are signed out")
    expect(page.locator("#imap-password")).to_have_value(form.password)

    other = page.context.new_page()
    other.goto("/sign-in")
    other.locator("#email").fill(ADDRESS)
    other.locator("#password").fill(PASSWORD)
    other.locator("main button[type=submit]").click()
    other.wait_for_url("**/accounts/")

    form.press("Test connection")
    expect(page.locator("#notices")).to_contain_text("press the button once more")
    form.press("Test connection")
    form.wait_for_the_verdict()
    expect(page.locator("#connection-test-headline")).to_contain_text("Both servers accepted")
    expect(page.locator("#notices")).to_be_empty()

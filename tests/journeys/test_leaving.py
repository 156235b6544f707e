"""A half-filled form is not left without a question, and a saved one without any."""

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.journeys.test_layouts import save


@pytest.fixture
def scripted() -> bool:
    """Without a script nothing can ask."""
    return True


@pytest.fixture
def asked(page: Page) -> list[str]:
    """What the page asks; the person stays."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return asked


def leave(page: Page, asked: list[str]) -> None:
    """Try the menu and the language, and expect a question each time."""
    for way in (page.get_by_role("link", name="Mail", exact=True), page.get_by_role("button", name="Polski")):
        before = len(asked)
        with page.expect_event("dialog"):
            way.click(no_wait_after=True)
        page.wait_for_function("document.readyState === 'complete'")
        assert asked[before:] == ["beforeunload"]


def test_a_half_filled_account_is_asked_about_until_it_is_saved(form, asked):
    form.open()
    form.fill_in(password="wrong")
    leave(form.page, asked)
    form.press("Test connection")
    form.wait_for_the_verdict()
    leave(form.page, asked)
    expect(form.at("name")).to_have_value("Biuro")
    asked.clear()
    form.retype_password(form.password)
    form.save()
    form.page.get_by_role("link", name="Mail", exact=True).click()
    form.page.wait_for_url("**/mail/")
    assert asked == []


def test_a_stationery_is_asked_about_until_it_is_saved(page, asked):
    page.goto("/stationery/new")
    page.locator("#design-html").fill("<div data-content></div><p>Firma</p>")
    leave(page, asked)
    button = page.get_by_role("button", name="Save stationery")
    button.click()
    expect(page.locator("#stationery-summary")).to_be_visible()
    page.locator("#design-html").click()
    leave(page, asked)
    asked.clear()
    page.locator("#design-name").fill("Firma")
    button.click()
    expect(page.locator("#notices")).to_contain_text("The stationery is saved.")
    page.get_by_role("link", name="Mail", exact=True).click()
    page.wait_for_url("**/mail/")
    assert asked == []


def test_nobody_is_asked_who_has_typed_nothing_or_whose_draft_is_kept(page, asked):
    for url in ("/accounts/new", "/stationery/new", "/mail/new"):
        page.goto(url)
        page.locator("main input[type=text], main textarea").first.click()
        if url == "/mail/new":
            page.locator("#text").fill("Dzień dobry")
            expect(page.locator("#draft-state")).to_contain_text("Draft saved")
        page.get_by_role("link", name="Received").click()
        page.wait_for_url("**/mailbox/")
    assert asked == []


def test_a_layout_is_asked_about_once_a_field_was_moved(page, asked):
    page.goto("/form-layouts/")
    page.locator("#name").fill("Team")
    page.get_by_role("button", name="Add layout").click()
    page.locator("#colour-up").click()
    expect(page.locator("#colour-up")).to_be_focused()
    leave(page, asked)
    asked.clear()
    save(page)
    page.get_by_role("link", name="Mail", exact=True).click()
    page.wait_for_url("**/mail/")
    assert asked == []

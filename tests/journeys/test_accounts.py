"""What people come for, in a real browser, each journey with JavaScript and without."""

import pytest
from playwright.sync_api import expect

from tests.journeys.form import ACCOUNT


def test_an_account_is_added_from_an_address_and_a_password(form):
    form.add()
    expect(form.page.locator("#notices")).to_contain_text("The account is saved.")
    form.page.goto("/accounts/")
    expect(form.page.locator("#accounts")).to_contain_text("Works")


def test_a_wrong_password_is_named_and_nothing_else_has_to_be_typed_again(form):
    form.open()
    form.fill_in(password="wrong")
    form.press("Test connection")
    form.wait_for_the_verdict()
    expect(form.page.locator("#connection-test-headline")).to_contain_text("Neither server accepted")
    expect(form.page.locator("#imap-password-verdict")).to_contain_text("refused the user name or the password")
    expect(form.page.locator("#name")).to_have_value("Biuro")
    form.retype_password(form.password)
    form.save()


def test_a_refused_password_looks_wrong_until_another_is_accepted(form):
    form.open()
    form.fill_in(password="wrong")
    form.press("Test connection")
    form.wait_for_the_verdict()
    password, verdict = form.at("imap-password"), form.at("imap-password-verdict")
    expect(password).to_have_attribute("aria-invalid", "true")
    error = verdict.evaluate("element => getComputedStyle(element).color")
    expect(password).to_have_css("border-top-color", error)
    expect(verdict.locator("svg")).to_be_visible()
    expect(form.at("imap-password-row").locator("summary")).to_have_text("Type it again:", use_inner_text=True)
    expect(form.at("smtp-host")).not_to_have_attribute("aria-invalid", "true")
    form.page.reload()
    expect(password).to_have_attribute("aria-invalid", "true")
    form.retype_password(form.password)
    form.press("Test connection")
    form.wait_for_the_verdict()
    expect(form.at("connection-test-headline")).to_contain_text("Both servers accepted")
    expect(password).not_to_have_attribute("aria-invalid", "true")
    expect(verdict).to_be_hidden()


def test_the_kept_password_serves_a_corrected_server(form):
    form.open()
    form.fill_in()
    form.page.locator("#smtp-host").fill("stranger.skrzynka.test")
    form.press("Test connection")
    form.wait_for_the_verdict()
    expect(form.page.locator("#smtp-host-verdict")).to_contain_text("There is no server called")
    form.page.reload()
    expect(form.page.locator("#imap-password-row")).to_contain_text("Kept as you typed it")
    form.page.locator("#smtp-host").fill("mail.skrzynka.test")
    form.save()


def test_additional_data_keeps_what_was_typed(form):
    form.open()
    form.page.locator("#name").fill("Biuro")
    form.page.get_by_role("button", name="Show additional data").click()
    expect(form.page.locator("#active")).to_be_checked()
    expect(form.page.locator("#name")).to_have_value("Biuro")


def test_an_account_is_renamed_without_its_password(form):
    form.add()
    expect(form.page.locator("#imap-password-row")).to_contain_text("Unchanged")
    form.page.locator("#name").fill("Office")
    form.press("Save changes")
    expect(form.page.get_by_role("heading", name="Office")).to_be_visible()
    expect(form.page).to_have_url(ACCOUNT)
    expect(form.page.locator("#notices")).to_contain_text("The account is saved.")


def test_the_second_of_two_editors_sees_that_and_replaces_what_the_first_has_saved(form):
    form.add()
    other = form.page.context.new_page()
    other.goto(form.page.url)
    other.locator("#name").fill("Theirs")
    other.locator("#account-buttons button").first.click()
    expect(other.get_by_role("heading", name="Theirs")).to_be_visible()
    form.at("name").fill("Mine")
    form.press("Save changes")
    expect(form.at("conflict")).to_be_focused()
    expect(form.at("conflict")).to_be_in_viewport()
    expect(form.at("conflict")).to_contain_text("Theirs")
    form.at("conflict").get_by_role("button", name="Replace theirs with mine").click()
    expect(form.page.get_by_role("heading", name="Mine")).to_be_visible()


def test_a_new_server_asks_for_the_password_again(form):
    form.add()
    form.page.locator("#imap-host").fill("stranger.test")
    form.press("Save changes")
    expect(form.page.locator("#imap-password-error")).to_contain_text("Type the password again")
    expect(form.page.locator("#error-summary")).to_be_visible()


def test_the_language_is_switched_and_remembered(page):
    page.goto("/accounts/")
    page.get_by_role("button", name="Polski").click()
    expect(page.locator("html")).to_have_attribute("lang", "pl")
    page.goto("/accounts/new")
    expect(page.get_by_role("button", name="Zapisz zmiany").last).to_be_visible()
    expect(page.get_by_role("button", name="Pokaż dane dodatkowe")).to_be_visible()


def test_an_account_is_switched_off_and_on_in_the_list(form):
    form.add()
    form.page.goto("/accounts/")
    form.page.get_by_role("button", name="Switch off Biuro").click()
    expect(form.page.locator("#accounts")).to_contain_text("Switched off")
    form.page.get_by_role("button", name="Switch on Biuro").click()
    expect(form.page.locator("#accounts")).to_contain_text("Active")


def test_own_credentials_appear_when_they_are_not_the_same(form):
    form.open()
    expect(form.page.locator("#smtp-username")).to_be_hidden()
    form.page.locator("#smtp-same-credentials").uncheck()
    expect(form.page.locator("#smtp-username")).to_be_visible()
    form.page.locator("#smtp-auth").uncheck()
    expect(form.page.locator("#smtp-username")).to_be_hidden()


@pytest.mark.parametrize("scripted", [True], indirect=True)
def test_the_address_bar_never_holds_what_was_typed(form):
    form.add()
    seen: list[str] = []
    form.page.on("request", lambda request: seen.append(request.url))
    form.page.locator("#name").fill("Office")
    form.press("Save changes")
    form.page.get_by_role("heading", name="Office").wait_for()
    assert seen
    assert not [url for url in seen if "?" in url and "/static/" not in url]

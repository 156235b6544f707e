"""A verdict that a person can act on: one press, and the account works."""

import re

from playwright.sync_api import expect

from tests.journeys.form import ACCOUNT
from tests.servers.fixtures import host_of


def press(form, label: str) -> None:
    form.page.locator("#connection-test").get_by_role("button", name=label).click()


def follow_to_the_account(form) -> None:
    if not form.scripted and not ACCOUNT.search(form.page.url):
        form.wait_for_the_verdict()
    form.page.wait_for_url(ACCOUNT)


def test_one_certificate_is_trusted_shown_on_the_account_and_taken_back(form):
    page = form.page
    form.open()
    form.fill_in()
    page.locator("#imap-host").fill(host_of("self_signed"))
    form.press("Save changes")
    form.wait_for_the_verdict()
    card = page.locator("#connection-test-imap .certificate")
    expect(card).to_contain_text("The server issued it to itself.")
    expect(card).to_contain_text("SHA-256")
    press(form, "Trust only this certificate")
    follow_to_the_account(form)

    expect(page.locator("#imap-pin-row")).to_contain_text(host_of("self_signed"))
    expect(page.locator("#imap-pin")).to_be_checked()
    page.locator("#imap-pin").uncheck()
    form.press("Save changes")
    form.wait_for_the_verdict()
    expect(page.locator("#connection-test-headline")).to_contain_text("The incoming server did not accept")
    expect(page.locator("#imap-pin")).to_have_count(0)


def test_the_wrong_security_is_mended_by_one_press(form):
    page = form.page
    form.open()
    form.fill_in()
    page.locator("#imap-security").select_option("starttls")
    form.press("Save changes")
    form.wait_for_the_verdict()
    press(form, "Use SSL/TLS and test again")
    follow_to_the_account(form)
    expect(page.locator("#imap-security")).to_have_value("tls")


def test_a_user_name_without_its_domain_is_mended_by_one_press(form):
    page = form.page
    form.open()
    form.fill_in()
    page.locator("#imap-username").fill("anna")
    form.press("Test connection")
    form.wait_for_the_verdict()
    press_first = page.locator("#connection-test-imap").get_by_role("button", name=re.compile("Use the user name"))
    press_first.click()
    form.wait_for_the_verdict()
    expect(page.locator("#connection-test-headline")).to_contain_text("Both servers accepted")
    expect(page.locator("#imap-username")).to_have_value(form.email)


def test_the_report_can_be_read_and_copied(form, scripted):
    page = form.page
    form.open()
    form.fill_in(password="wrong")
    form.press("Test connection")
    form.wait_for_the_verdict()
    page.locator(".report summary").click()
    report = page.locator("#connection-test-report")
    expect(report).to_have_value(re.compile(r"auth_failed"))
    if scripted:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Copy the report").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert "auth_failed" in page.evaluate("navigator.clipboard.readText()")

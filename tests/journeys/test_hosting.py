"""Ours inside another Flask app, which has a sign-in, forms and a language of its own: its pages, our form."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.config import Config
from tests.hosts.flask_host import create_host, running
from tests.journeys.axe import LOOKS, flaws
from tests.journeys.conftest import House
from tests.servers.ports import free_ports

PREFIX = "box-"
# What was named of the page before stays in the address.
ACCOUNT = re.compile(r"/mailboxes/accounts/\d+(#.*)?$")
WAYS = {"/mailboxes/accounts/new": "", "/accounts/whole": PREFIX, "/accounts/sections": PREFIX}


@pytest.fixture
def crm(house: House, tmp_path: Path) -> Iterator[str]:
    """The address of the CRM, whose Skrzynka has its worker and its database with the house."""
    host = create_host(Config.from_environment(house.environment), tmp_path / "customers.db")
    with running(host, *free_ports(1)) as address:
        yield address


@pytest.fixture
def colleague(browser: Browser, crm: str, scripted: bool) -> Iterator[Page]:
    """A tab of somebody who has signed in at the CRM, and never at ours."""
    with browser.new_context(base_url=crm, java_script_enabled=scripted, locale="en-GB") as context:
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto("/sign-in/bob")
        yield page


with_script = pytest.mark.parametrize("scripted", [True], ids=["with JavaScript"])


@pytest.mark.parametrize("way", WAYS)
def test_an_account_is_added_in_a_page_of_the_host(colleague, crm, form, way):
    it = replace(form, page=colleague, prefix=WAYS[way])
    it.page.goto(way)
    it.fill_in(password="wrong")
    it.press("Save changes")
    expect(it.at("connection-test-cancel")).to_have_count(0)
    expect(it.at("connection-test-headline")).to_contain_text("Neither server accepted")
    it.retype_password(it.password)
    it.press("Save changes")
    it.page.wait_for_url(ACCOUNT)
    assert it.page.url.startswith(f"{crm}/mailboxes/accounts/")
    expect(it.page).to_have_title("Biuro | CRM")
    expect(it.page.locator(".skrzynka .notice-success")).to_contain_text("The account is saved.")
    it.page.get_by_role("link", name="Mailboxes").click()
    expect(it.page.locator("#accounts .account")).to_contain_text(it.email)
    it.page.get_by_role("link", name="Customers").click()
    expect(it.page.locator("#accounts li")).to_have_text(["Żaneta & Synowie", "Kowalski"])


@pytest.mark.parametrize("way", WAYS)
def test_the_sign_in_of_the_host_decides(browser, crm, way):
    with browser.new_context(base_url=crm) as context:
        answer = context.new_page().goto(way)
        assert answer is not None
        assert answer.status == 401


def test_only_whom_the_host_calls_an_administrator_shapes_the_form(colleague):
    answer = colleague.goto("/mailboxes/form-layouts/")
    assert answer is not None
    assert answer.status == 403
    colleague.goto("/sign-in/ada")
    colleague.goto("/mailboxes/form-layouts/")
    expect(colleague.locator("h1")).to_contain_text("Layouts")


def test_a_form_of_the_host_works_beside_ours(colleague):
    colleague.goto("/accounts/whole")
    colleague.locator("#email").fill("call back")
    colleague.get_by_role("button", name="Keep the note").click()
    expect(colleague.locator("#noted")).to_have_text("call back")


@with_script
def test_additional_data_and_suggestions_arrive_where_they_belong(colleague, form):
    it = replace(form, page=colleague, prefix=PREFIX)
    it.page.goto("/accounts/whole")
    it.at("email").fill("anna@wp.test")
    expect(it.at("imap-host")).to_have_value("wp.test")
    it.place.get_by_role("button", name="Show additional data").click()
    expect(it.at("active")).to_be_checked()
    expect(it.page.locator("#email")).to_have_value("")


@with_script
@pytest.mark.parametrize(("language", "looks"), [("en", LOOKS), ("pl", LOOKS[:1])], ids=["English", "Polish"])
def test_everybody_can_use_it(browser, crm, form, language, looks):
    found = {}
    with browser.new_context(base_url=crm, locale=language, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto("/sign-in/ada")
        for way, prefix in WAYS.items():
            it = replace(form, page=page, prefix=prefix)
            page.goto(way)
            expect(page.locator("html")).to_have_attribute("lang", language)
            expect(it.at("account-buttons")).to_be_visible()
            found[way] = flaws(page, looks)
            it.at("account-buttons").locator("button").first.click()
            expect(it.at("error-summary")).to_be_visible()
            found[f"{way} with errors"] = flaws(page, looks)
        for way in ("/mailboxes/accounts/", "/mailboxes/form-layouts/", "/mailboxes/embed-clients/new"):
            page.goto(way)
            found[way] = flaws(page, looks)
    assert not any(found.values()), "\n".join(f"{state}: {what}" for state, whats in found.items() for what in whats)

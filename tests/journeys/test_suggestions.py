"""What the script adds to suggestions: they never take anything out of somebody's hands, and need no password."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.servers.waiting import wait_until


@pytest.fixture
def scripted() -> bool:
    return True


class Held:
    """Requests for suggestions, held back until the test lets them go on."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._routes: list[Route] = []
        page.goto("/accounts/new")
        page.route("**/accounts/suggestions", self._hold)

    def __len__(self) -> int:
        return len(self._routes)

    def _hold(self, route: Route) -> None:
        self._routes.append(route)

    def wait_for(self, count: int) -> None:
        """Wait until ``count`` requests are held. A request is announced before it can be held."""
        # Playwright hears of a request only while it waits itself.
        wait_until(lambda: len(self) >= count or self._page.wait_for_timeout(10) is not None, f"{count} requests")

    def let_one_go(self) -> None:
        """Have the newest request answered."""
        with self._page.expect_response("**/accounts/suggestions"):
            self._routes.pop().continue_()

    def type_address(self, address: str = "anna@wp.test") -> None:
        """Type an address and wait for what it asks for."""
        self._page.locator("#email").fill(address)
        self.wait_for(len(self) + 1)


@pytest.fixture
def held(page) -> Held:
    return Held(page)


def test_an_answer_that_comes_late_leaves_what_was_typed_meanwhile(page, held):
    held.type_address()
    page.locator("#imap-host").press_sequentially("mail.wp.test")
    page.locator("#name").focus()
    held.let_one_go()
    expect(page.locator("#smtp-host")).to_have_value("wp.test")
    expect(page.locator("#imap-host")).to_have_value("mail.wp.test")
    expect(page.locator("#imap-host-source")).to_be_empty()


def test_a_field_with_the_cursor_is_left_alone_and_filled_when_it_is_left_empty(page, held):
    held.type_address()
    page.locator("#smtp-host").focus()
    held.let_one_go()
    expect(page.locator("#imap-host")).to_have_value("wp.test")
    expect(page.locator("#smtp-host")).to_have_value("")
    expect(page.locator("#smtp-host")).to_be_focused()
    page.locator("#name").focus()
    held.wait_for(1)
    held.let_one_go()
    expect(page.locator("#smtp-host")).to_have_value("wp.test")


def test_an_older_suggestion_gives_way_under_the_cursor_which_stays(page, held):
    host = page.locator("#imap-host")
    held.type_address()
    held.let_one_go()
    expect(host).to_have_value("wp.test")
    held.type_address("anna@onet.test")
    host.focus()
    host.select_text()
    held.let_one_go()
    expect(host).to_have_value("onet.test")
    expect(host).to_be_focused()
    # It is what the form remembers as suggested: it would pass for typed otherwise, and be asked about no more.
    expect(page.locator("#imap-host-source")).not_to_be_empty()
    expect(page.locator("input[name=suggested]")).to_have_value(re.compile(r"onet\.test"))
    host.press_sequentially("mail.onet.test")
    expect(host).to_have_value("mail.onet.test")


def test_a_choice_under_the_cursor_follows_the_port_that_was_suggested(page, held):
    security = page.locator("#imap-security")
    held.type_address()
    held.let_one_go()
    expect(security).to_have_value("tls")
    page.locator("#imap-port").fill("143")
    held.wait_for(1)
    security.focus()
    held.let_one_go()
    expect(security).to_have_value("starttls")
    expect(security).to_be_focused()


def test_of_two_answers_only_the_newer_counts(page, held):
    held.type_address()
    held.type_address("anna@onet.test")
    held.let_one_go()
    expect(page.locator("#imap-host")).to_have_value("onet.test")
    assert len(held) == 1, "the older request was never answered"


def test_no_password_goes_along_with_a_request_for_suggestions(page, held):
    page.locator("#imap-password").fill("canary")
    with page.expect_request("**/accounts/suggestions") as asked:
        held.type_address()
    assert "anna%40wp.test" in (asked.value.post_data or "")
    assert "canary" not in (asked.value.post_data or "")
    held.let_one_go()


def test_typed_passwords_outlive_a_form_with_errors(page):
    page.goto("/accounts/new")
    page.locator("#imap-password").fill("canary")
    page.locator("#account-buttons").get_by_role("button", name="Save changes").click()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#imap-password")).to_have_value("canary")


def test_the_cursor_goes_to_the_address_that_was_meant(page):
    page.goto("/accounts/new")
    page.locator("#email").fill("jan@gmial.com")
    page.get_by_role("button", name="Use this address").click()
    expect(page.locator("#email")).to_have_value("jan@gmail.com")
    expect(page.locator("#email")).to_be_focused()


def test_the_cursor_goes_to_the_server_of_another_way(page):
    page.goto("/accounts/new")
    page.locator("#email").fill("jan@gmail.com")
    page.locator("#discovery-ways summary").click()
    page.locator("#discovery-ways button").last.click()
    expect(page.locator("#smtp-port")).to_have_value("587")
    expect(page.locator("#smtp-host")).to_be_focused()

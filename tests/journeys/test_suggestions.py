"""What the script adds to suggestions: they never take anything out of somebody's hands, and need no password."""

import pytest
from playwright.sync_api import Route, expect


@pytest.fixture
def scripted() -> bool:
    return True


@pytest.fixture
def held(page) -> list[Route]:
    """Requests for suggestions, held back until the test lets them go on."""
    routes: list[Route] = []
    page.goto("/accounts/new")
    page.route("**/accounts/suggestions", routes.append)
    return routes


def let_one_go(page, held) -> None:
    with page.expect_response("**/accounts/suggestions"):
        held.pop().continue_()


def type_address_and_wait_for_the_request(page) -> None:
    with page.expect_request("**/accounts/suggestions"):
        page.locator("#email").fill("anna@wp.test")


def test_an_answer_that_comes_late_leaves_what_was_typed_meanwhile(page, held):
    type_address_and_wait_for_the_request(page)
    page.locator("#imap-host").press_sequentially("mail.wp.test")
    page.locator("#name").focus()
    let_one_go(page, held)
    expect(page.locator("#smtp-host")).to_have_value("wp.test")
    expect(page.locator("#imap-host")).to_have_value("mail.wp.test")
    expect(page.locator("#imap-host-source")).to_be_empty()


def test_a_field_with_the_cursor_is_left_alone_and_filled_when_it_is_left_empty(page, held):
    type_address_and_wait_for_the_request(page)
    page.locator("#smtp-host").focus()
    let_one_go(page, held)
    expect(page.locator("#imap-host")).to_have_value("wp.test")
    expect(page.locator("#smtp-host")).to_have_value("")
    expect(page.locator("#smtp-host")).to_be_focused()
    with page.expect_request("**/accounts/suggestions"):
        page.locator("#name").focus()
    let_one_go(page, held)
    expect(page.locator("#smtp-host")).to_have_value("wp.test")


def test_of_two_answers_only_the_newer_counts(page, held):
    type_address_and_wait_for_the_request(page)
    with page.expect_request("**/accounts/suggestions"):
        page.locator("#email").fill("anna@onet.test")
    let_one_go(page, held)
    expect(page.locator("#imap-host")).to_have_value("onet.test")
    assert len(held) == 1, "the older request was never answered"


def test_no_password_goes_along_with_a_request_for_suggestions(page, held):
    page.locator("#imap-password").fill("canary")
    with page.expect_request("**/accounts/suggestions") as asked:
        page.locator("#email").fill("anna@wp.test")
    assert "anna%40wp.test" in (asked.value.post_data or "")
    assert "canary" not in (asked.value.post_data or "")
    let_one_go(page, held)


def test_typed_passwords_outlive_a_form_with_errors(page):
    page.goto("/accounts/new")
    page.locator("#imap-password").fill("canary")
    page.locator("#account-buttons").get_by_role("button", name="Save changes").click()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#imap-password")).to_have_value("canary")

"""A connection that is lost is said, once and quietly, and takes nothing away from anybody."""

import pytest
from playwright.sync_api import Page, Request, expect

from tests.journeys.form import ACCOUNT

LOST = ".lost-connection"
PROXYS_OWN_PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"


@pytest.fixture
def scripted() -> bool:
    """Without a script the browser itself says so."""
    return True


def break_off(page: Page, times: int) -> None:
    """Lose so many looks at a test, and count how often the page says so."""
    page.route("**/connection-tests/*", lambda route: route.abort(), times=times)
    page.evaluate("window.said = 0")
    page.evaluate(
        "(selector) => new MutationObserver(() => { window.said += !!document.querySelector(selector); })"
        '.observe(document.querySelector("#notices"), { childList: true })',
        LOST,
    )


def test_a_press_that_gets_no_answer_says_so_where_it_is_seen_and_is_repeated_by_a_press(form):
    page = form.page
    form.open()
    form.fill_in()
    page.context.set_offline(True)
    form.press("Save changes")
    said = page.locator("#notices").locator(LOST)
    expect(said).to_contain_text("No connection: nothing was saved. What you typed is still here.")
    expect(said).to_be_in_viewport(ratio=1)
    expect(said.get_by_role("alert")).to_be_visible()
    save = form.at("account-buttons").get_by_role("button", name="Save changes")
    expect(save).to_be_focused()
    expect(form.at("account-buttons")).not_to_have_class("htmx-request")
    page.context.set_offline(False)
    said.get_by_role("button", name="Try again").click()
    page.wait_for_url(ACCOUNT)
    expect(page.locator("#notices")).to_contain_text("The account is saved.")


@pytest.mark.parametrize("status", [500, 502])
def test_what_a_proxy_answers_takes_no_place(form, status):
    page = form.page
    form.open()
    form.fill_in(password="wrong")
    page.route("**/connection-tests/", lambda route: route.fulfill(status=status, body=PROXYS_OWN_PAGE), times=1)
    form.press("Test connection")
    said = page.locator(LOST)
    expect(said).to_contain_text("nothing was saved")
    expect(page.locator("main")).not_to_contain_text("Bad Gateway")
    form.press("Test connection")
    form.wait_for_the_verdict()
    expect(said).to_have_count(0)
    expect(form.at("imap-password")).to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize(("lost", "is_said"), [(1, False), (3, True)])
def test_only_several_lost_looks_at_a_test_are_said(form, slow, lost, is_said):
    page = form.page
    form.open()
    form.fill_in()
    form.at("imap-port").fill(str(slow.port))
    form.press("Test connection")
    expect(form.at("connection-test-cancel")).to_be_visible()
    failed: list[Request] = []

    def note(request: Request) -> None:
        failed.append(request)

    page.on("requestfailed", note)
    with page.expect_event("requestfinished", lambda _request: len(failed) == lost):
        break_off(page, lost)
    if is_said:
        page.wait_for_function("window.said > 0")
    expect(page.locator(LOST)).to_have_count(0)
    assert bool(page.evaluate("window.said")) is is_said


def test_that_a_press_came_to_nothing_is_said_before_what_a_page_asks_for_by_itself(form):
    page = form.page
    form.open()
    form.fill_in()
    page.context.set_offline(True)
    form.press("Save changes")
    said = page.locator(LOST)
    expect(said).to_contain_text("nothing was saved")
    for email in ("ola@infirma.test", "jan@infirma.test"):
        with page.expect_event("requestfailed"):
            form.at("email").fill(email)
    expect(said).to_contain_text("nothing was saved")


def test_a_draft_is_kept_when_the_connection_is_back(page):
    page.goto("/mail/new")
    text = page.locator("#text")
    page.context.set_offline(True)
    text.fill("Dzień dobry")
    expect(page.locator(LOST)).to_contain_text("nothing was saved")
    expect(text).to_be_focused()
    page.context.set_offline(False)
    expect(page.locator("#draft-state")).to_contain_text("Draft saved")
    expect(page.locator(LOST)).to_have_count(0)
    page.goto("/mail/")
    expect(page.locator("main")).to_contain_text("Dzień dobry")

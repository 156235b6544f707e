"""The form inside other sites, as somebody meets it who knows only those: in a frame, in fragments, in sections."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.hosts.other_site import PREFIX, OtherSite, other_site
from tests.journeys.axe import LOOKS, flaws
from tests.journeys.conftest import House
from tests.journeys.form import FormPage
from tests.servers.ports import free_ports

STATE = "zgłoszenie 7"
# Of an element of the host's: what our style must not change.
LOOK_OF = "it => JSON.stringify(Object.entries(getComputedStyle(it)).filter(([name]) => !/^\\d+$/.test(name)))"

LOOKS_IN = {"en": LOOKS, "pl": LOOKS[:1]}


@pytest.fixture
def helpdesk(house: House, page: Page) -> Iterator[OtherSite]:
    """A site on another origin that an administrator has registered."""
    (port,) = free_ports(1)
    with other_site(port, house.address) as site:
        page.goto("/embed-clients/new")
        page.locator("#name").fill("Helpdesk")
        page.locator("#origins").fill(site.address)
        page.locator("#return-addresses").fill(site.return_address)
        page.locator("#embed-client button[type=submit]").click()
        site.key = page.locator("#client-key").input_value()
        site.wanted = {"state": STATE}
        yield site


@pytest.fixture
def visitors(browser: Browser, scripted: bool) -> Iterator[BrowserContext]:
    """The browser of somebody who has never been at ours."""
    with browser.new_context(java_script_enabled=scripted, locale="en-GB") as context:
        context.set_default_timeout(20_000)
        yield context


@pytest.fixture
def framed(visitors: BrowserContext, helpdesk: OtherSite, form: FormPage) -> FormPage:
    """The form in a frame of the helpdesk."""
    page = visitors.new_page()
    return replace(form, page=page, frame=page.frame_locator("iframe"))


@pytest.fixture
def inserted(visitors: BrowserContext, helpdesk: OtherSite, form: FormPage) -> FormPage:
    """The form in a page of the helpdesk."""
    return replace(form, page=visitors.new_page(), prefix=PREFIX)


with_script = pytest.mark.parametrize("scripted", [True], ids=["with JavaScript"])


def correct(form: FormPage) -> None:
    """Save nothing, then with a wrong password, then with the right one."""
    form.press("Save changes")
    expect(form.at("error-summary")).to_contain_text("8 things need your attention")
    form.fill_in(password="wrong")
    form.press("Save changes")
    expect(form.at("connection-test-cancel")).to_have_count(0)
    expect(form.at("connection-test-headline")).to_contain_text("Neither server accepted")
    expect(form.at("imap-password-verdict")).to_contain_text("refused the user name or the password")
    expect(form.at("name")).to_have_value("Biuro")
    form.retype_password(form.password)
    form.press("Save changes")


def saved_number(page: Page, email: str) -> str:
    """Return the number of the account that an administrator finds at ours."""
    page.goto("/accounts/")
    expect(page.locator("#accounts")).to_contain_text(email)
    expect(page.locator("#accounts")).to_contain_text("Works")
    return (page.locator(".account").get_attribute("id") or "").removeprefix("account-")


def test_in_a_frame_an_account_is_added_and_the_page_to_return_to_is_told(helpdesk, framed, page, visitors):
    helpdesk.wanted = {"state": STATE, "return_address": helpdesk.return_address}
    framed.page.goto(f"{helpdesk.address}/frame")
    correct(framed)
    expect(framed.place.locator("#state")).to_have_text(STATE)
    expect(framed.place.locator("#account")).to_have_text(saved_number(page, framed.email))
    assert visitors.cookies() == []


@with_script
def test_without_a_page_to_return_to_the_page_around_the_frame_is_told(helpdesk, framed, page):
    framed.page.goto(f"{helpdesk.address}/frame")
    correct(framed)
    expect(framed.place.locator("main")).to_contain_text(f"The account {framed.email} is saved.")
    expect(framed.page.locator("#said")).to_have_text(f"Account {saved_number(page, framed.email)} for “{STATE}”")


@with_script
def test_a_lost_connection_is_said_in_the_frame(helpdesk, framed, visitors):
    framed.page.goto(f"{helpdesk.address}/frame")
    framed.at("name").fill("Biuro")
    visitors.set_offline(True)
    framed.press("Save changes")
    expect(framed.at("connection-test-headline")).to_have_text("No connection.")
    visitors.set_offline(False)
    framed.press("Save changes")
    expect(framed.at("error-summary")).to_be_focused()
    expect(framed.at("connection-test-headline")).to_be_empty()
    expect(framed.at("name")).to_have_value("Biuro")


@with_script
def test_the_frame_is_as_high_as_its_form(helpdesk, framed):
    framed.page.goto(f"{helpdesk.address}/frame")
    frame = framed.page.locator("iframe")

    def height() -> float:
        inside = framed.place.locator("html").evaluate("it => it.getBoundingClientRect().height")
        expect(frame).to_have_css("height", f"{-(-inside // 1):.0f}px")
        return float(inside)

    expect(framed.at("name")).to_be_visible()
    closed = height()
    framed.place.get_by_role("button", name="Show additional data").click()
    expect(framed.at("active")).to_be_visible()
    opened = height()
    framed.page.set_viewport_size({"width": 390, "height": 800})
    expect(framed.place.locator("html")).not_to_have_css("height", f"{opened}px")
    assert closed < opened < height()
    assert framed.place.locator("html").evaluate("it => it.scrollWidth <= it.clientWidth")


@with_script
def test_a_frame_that_was_there_before_the_script_is_as_high_as_its_form_too(helpdesk, framed):
    script: list[Route] = []

    def hold(route: Route) -> None:
        script.append(route)

    framed.page.route("**/static/embed.js", hold)
    framed.page.goto(f"{helpdesk.address}/frame", wait_until="commit")
    expect(framed.at("name")).to_be_visible()
    framed.page.frames[1].wait_for_load_state()
    expect(framed.page.locator("iframe")).to_have_css("height", "300px")
    script.pop().continue_()
    expect(framed.page.locator("iframe")).not_to_have_css("height", "300px")


@with_script
def test_a_page_that_is_not_registered_shows_nothing_in_its_frame(helpdesk, framed, house):
    (port,) = free_ports(1)
    with other_site(port, house.address) as stranger:
        stranger.key = helpdesk.key
        framed.page.goto(f"{stranger.address}/frame")
        expect(framed.place.locator("body")).to_be_attached()
        assert framed.page.frames[1].url.startswith("chrome-error:")
        expect(framed.at("account-form")).to_have_count(0)
        with framed.page.expect_event("requestfailed", lambda it: "/embed/" in it.url):
            framed.page.goto(f"{stranger.address}/fragment")
        expect(framed.page.locator(".skrzynka")).to_have_count(0)


@with_script
def test_a_link_that_leads_to_no_form_says_so_in_its_frame(helpdesk, framed):
    framed.page.goto(f"{helpdesk.address}/frame")
    expect(framed.at("name")).to_be_visible()
    framed.page.locator("iframe").evaluate("it => { it.src += 'x' }")
    expect(framed.place.locator("h1")).to_have_text("This link leads to no form")


@with_script
@pytest.mark.parametrize("way", ["fragment", "sections"])
def test_in_a_page_of_another_site_an_account_is_added(helpdesk, inserted, page, visitors, way):
    button = inserted.page.locator("#account-form")
    inserted.page.goto(f"{helpdesk.address}/{way}")
    expect(inserted.at("account-buttons")).to_be_visible()
    expect(inserted.at("name")).to_be_visible()
    correct(inserted)
    expect(inserted.page.locator("#said")).to_contain_text(f"for “{STATE}”")
    number = saved_number(page, inserted.email)
    expect(inserted.page.locator("#said")).to_have_text(f"Account {number} for “{STATE}”")
    expect(inserted.page.locator("main")).to_contain_text(f"The account {inserted.email} is saved.")
    expect(inserted.page.locator("#email")).to_have_value("7")
    expect(inserted.page).to_have_url(f"{helpdesk.address}/{way}")
    expect(button).to_have_text("Close the ticket")
    assert visitors.cookies() == []


@with_script
@pytest.mark.parametrize("way", ["fragment", "sections"])
def test_neither_page_sees_the_ids_and_styles_of_the_other(helpdesk, inserted, form, way):
    host, ours = inserted.page.locator("#account-form"), form.page
    inserted.page.goto(f"{helpdesk.address}/frame")
    before = host.evaluate(LOOK_OF)
    inserted.page.goto(f"{helpdesk.address}/{way}")
    expect(inserted.at("account-buttons")).to_be_visible()
    expect(inserted.at("smtp-host")).to_be_visible()
    assert host.evaluate(LOOK_OF) == before
    ids = inserted.page.evaluate("[...document.querySelectorAll('.skrzynka, .skrzynka [id]')].map(it => it.id)")
    assert [it for it in ids if not it.startswith(PREFIX)] == []
    all_ids = inserted.page.evaluate("[...document.querySelectorAll('[id]')].map(it => it.id)")
    assert len(all_ids) == len(set(all_ids))
    form.open()
    # The font is the host's; everything else is as at ours, although the host has its own idea of rows and buttons.
    traits = ["display", "padding", "margin", "border-top", "background-color", "color", "font-size", "text-transform"]
    for name in ("name", "name-row", "name-hint", "imap-security", "smtp-auth", "imap", "account-buttons"):
        for trait in traits:
            look = f"it => getComputedStyle(it).getPropertyValue('{trait}')"
            assert inserted.at(name).evaluate(look) == ours.locator(f"#{name}").evaluate(look), (name, trait)


@with_script
def test_credentials_of_the_outgoing_server_hide_in_a_form_of_the_host(helpdesk, inserted):
    inserted.page.goto(f"{helpdesk.address}/sections")
    expect(inserted.at("smtp-same-credentials")).to_be_visible()
    expect(inserted.at("smtp-username")).to_be_hidden()
    inserted.at("smtp-same-credentials").uncheck()
    expect(inserted.at("smtp-username")).to_be_visible()


@with_script
def test_the_keyboard_alone_fills_in_a_frame(helpdesk, framed):
    keys = framed.page.keyboard
    framed.page.goto(f"{helpdesk.address}/frame")
    expect(framed.at("name")).to_be_visible()
    framed.page.locator("#account-form").focus()
    typed = {
        "name": "Biuro",
        "email": framed.email,
        "imap-host": "mail.skrzynka.test",
        "imap-port": str(framed.imap_port),
        "imap-password": framed.password,
        "smtp-host": "mail.skrzynka.test",
        "smtp-port": str(framed.smtp_port),
    }
    for name, text in typed.items():
        for _ in range(30):
            keys.press("Tab")
            if framed.at(name).evaluate("it => it === document.activeElement"):
                break
        expect(framed.at(name)).to_be_focused()
        keys.press("ControlOrMeta+a")
        keys.type(text)
        if name == "email":
            expect(framed.at("smtp-host")).to_have_value("skrzynka.test")
    keys.press("Enter")
    expect(framed.page.locator("#said")).to_contain_text(f"for “{STATE}”")


@with_script
@pytest.mark.parametrize("language", LOOKS_IN, ids=["English", "Polish"])
@pytest.mark.parametrize("way", ["frame", "fragment", "sections"])
def test_everybody_can_use_it(browser, helpdesk, form, way, language):
    helpdesk.language = language
    looks = LOOKS_IN[language]
    with browser.new_context(locale=language, reduced_motion="reduce") as context:
        page = context.new_page()
        it = replace(form, page=page, prefix="" if way == "frame" else PREFIX)
        it = replace(it, frame=page.frame_locator("iframe")) if way == "frame" else it
        page.goto(f"{helpdesk.address}/{way}")
        expect(it.at("account-buttons")).to_be_visible()
        expect(it.at("smtp-host")).to_be_visible()
        found = {"opened": look(page, looks, language)}
        it.at("account-buttons").locator("button").first.click()
        expect(it.at("error-summary")).to_be_visible()
        found["errors"] = look(page, looks, language)
        it.fill_in(password="wrong")
        it.at("account-buttons").locator("button").first.click()
        expect(it.place.locator(".verdict-error")).to_have_count(2)
        found["verdict"] = look(page, looks, language)
        it.retype_password(it.password)
        it.at("account-buttons").locator("button").first.click()
        expect(it.place.locator(".notice-success")).to_be_visible()
        found["saved"] = look(page, looks, language)
    assert not any(found.values()), "\n".join(f"{state}: {what}" for state, whats in found.items() for what in whats)


def look(page: Page, looks: list[tuple[str, int]], language: str) -> list[str]:
    """Have axe look at the page, and into its frame if there is one."""
    inside = page.frames[1] if len(page.frames) > 1 else None
    assert (inside or page).locator("html").get_attribute("lang") == language
    assert (inside or page).locator(".skrzynka label, .skrzynka .notice").first.is_visible()
    return flaws(page, looks, inside=inside) + (flaws(page, looks) if inside else [])

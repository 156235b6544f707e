"""An administrator shapes the form, with the mouse, with the keyboard alone and without a script; the form follows."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.servers.waiting import wait_until


def places(page: Page) -> str:
    return str(page.evaluate("[...document.querySelectorAll('input[name=place]')].map(it => it.value).join(' ')"))


def add_a_layout(page: Page) -> None:
    page.goto("/form-layouts/")
    page.locator("#name").fill("Team")
    page.get_by_role("button", name="Add layout").click()
    page.wait_for_url("**/form-layouts/1")


def open_settings(page: Page, name: str) -> None:
    page.locator(f"#layout-{name} summary").click()
    expect(page.locator(f"#{name}-section")).to_be_visible()


def save(page: Page) -> None:
    page.locator(".layout-buttons").get_by_role("button", name="Save this version").click()
    expect(page.locator("#notices")).to_contain_text("is saved and in use")


def expect_the_form_to_follow(page: Page) -> None:
    page.goto("/accounts/new")
    ids = page.evaluate("[...document.querySelectorAll('#identity .row[id]')].map(it => it.id).join(' ')")
    assert ids == "name-row colour-row email-row"
    expect(page.locator("#imap-host")).to_have_count(0)
    assert (
        page.evaluate("[...document.querySelectorAll('fieldset')].map(it => it.id).join(' ')") == "identity smtp imap"
    )


def test_what_a_page_shows_begins_below_its_header_and_nothing_touches(page):
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto("/form-layouts/")
    hint, button = page.locator("#role-hint"), page.get_by_role("button", name="Add layout")
    assert button.bounding_box()["y"] - end_of(hint) >= 16
    add_a_layout(page)
    page.set_viewport_size({"width": 1200, "height": 900})
    for address in ("/form-layouts/1", "/stationery/new", "/accounts/"):
        page.goto(address)
        brand, heading = page.locator(".brand").bounding_box(), page.locator("h1").bounding_box()
        assert brand["x"] == heading["x"], address


def end_of(part: Locator) -> float:
    """Return where an element ends, in pixels from the top."""
    box = part.bounding_box()
    return box["y"] + box["height"]


def test_with_buttons(page, scripted):
    """The mouse, with and without JavaScript."""
    add_a_layout(page)
    page.locator("#colour-up").click()
    if scripted:
        expect(page.locator("#layout-colour + #layout-email")).to_be_visible()
        expect(page.locator("#colour-up")).to_be_focused()
    page.locator("#smtp-up").click()
    expect(page.locator("#layout-smtp + #layout-imap")).to_be_visible()
    page.locator("#imap-host-show").select_option("hidden")
    page.locator(".layout-buttons").get_by_role("button", name="Save this version").click()
    expect(page.locator("#imap-host-show-error")).to_contain_text("Give this field a default or show it")
    if not page.locator("#imap-host-default").is_visible():
        open_settings(page, "imap-host")
    page.locator("#imap-host-default").fill("mail.{domain}")
    save(page)
    expect_the_form_to_follow(page)


@pytest.mark.parametrize("scripted", [True], indirect=True, ids=["with JavaScript"])
def test_with_the_keyboard_alone(page):
    add_a_layout(page)
    page.locator("#colour-up").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#layout-colour + #layout-email")).to_be_visible()
    expect(page.locator("#colour-up")).to_be_focused()
    # Up to the top, where the button beside it takes over, and down again.
    page.keyboard.press("Enter")
    expect(page.locator("#layout-colour + #layout-name")).to_be_visible()
    expect(page.locator("#colour-down")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#layout-colour + #layout-email")).to_be_visible()
    page.locator("#smtp-up").focus()
    page.keyboard.press("Space")
    expect(page.locator("#layout-smtp + #layout-imap")).to_be_visible()
    page.locator("#imap-host-show").focus()
    page.keyboard.type("Hidden")
    expect(page.locator("#imap-host-show")).to_have_value("hidden")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for _ in range(5):
        page.keyboard.press("Tab")
    expect(page.locator("#imap-host-default")).to_be_focused()
    page.keyboard.type("mail.{domain}")
    page.keyboard.press("Enter")
    expect(page.locator("#notices")).to_contain_text("is saved and in use")
    expect_the_form_to_follow(page)


@pytest.mark.parametrize("scripted", [True], indirect=True, ids=["with JavaScript"])
def test_dragging_moves_a_field_and_the_preview_follows(page):
    # Scrolling in the middle of a drag would let the browser take hold of something else.
    page.set_viewport_size({"width": 1280, "height": 3000})
    add_a_layout(page)
    page.locator("#layout-colour .layout-grip").drag_to(page.locator("#layout-name"), target_position={"x": 60, "y": 2})
    wait_until(lambda: places(page).startswith("identity colour name email imap"), "the field to be dragged")
    frame = page.frame_locator(".layout-frame")
    expect(frame.locator("#identity .row").first).to_have_id("colour-row")
    page.locator("#layout-fast-mode .layout-grip").drag_to(
        page.locator("#layout-stationery"), target_position={"x": 60, "y": 2}
    )
    expect(page.locator("#layout-advanced #layout-fast-mode")).to_have_count(1)
    expect(page.locator("#fast-mode-section")).to_have_value("advanced")
    page.locator("#colour-show").select_option("hidden")
    expect(frame.locator("#colour-row")).to_have_count(0)
    save(page)
    assert places(page).startswith("identity colour name email imap")
    assert places(page).endswith("advanced fast-mode stationery active")


@pytest.mark.parametrize("scripted", [True], indirect=True, ids=["with JavaScript"])
def test_a_default_is_suggested_and_replaced_by_what_is_typed(page, form):
    add_a_layout(page)
    open_settings(page, "imap-host")
    page.locator("#imap-host-default").fill("mail.{domain}")
    save(page)
    page.goto("/accounts/new")
    page.locator("#email").fill("biuro@infirma.pl")
    expect(page.locator("#imap-host")).to_have_value("mail.infirma.pl")
    expect(page.locator("#imap-host-source")).to_have_text("Set by your administrator.")
    page.locator("#imap-host").fill("own.infirma.pl")
    expect(page.locator("#imap-host-source")).to_be_empty()
    page.locator("#email").fill("biuro@inna.pl")
    expect(page.locator("#smtp-host")).to_have_value("inna.pl")
    expect(page.locator("#imap-host")).to_have_value("own.infirma.pl")


@pytest.mark.parametrize("scripted", [True], indirect=True, ids=["with JavaScript"])
def test_an_account_is_tested_and_saved_with_its_servers_hidden(page, form):
    add_a_layout(page)
    settings = {
        "imap-host": "mail.{domain}",
        "smtp-host": "mail.{domain}",
        "imap-port": str(form.imap_port),
        "smtp-port": str(form.smtp_port),
        "imap-username": "{address}",
    }
    for name, default in settings.items():
        page.locator(f"#{name}-show").select_option("hidden")
        open_settings(page, name)
        page.locator(f"#{name}-default").fill(default)
    save(page)
    page.goto("/accounts/new")
    page.locator("#name").fill("Biuro")
    page.locator("#email").fill(form.email)
    page.locator("#imap-password").fill("wrong")
    form.press("Save changes")
    form.wait_for_the_verdict()
    expect(page.locator(".verdict-error").first).to_be_visible()
    form.retype_password(form.password)
    form.save()
    expect(page.locator("#notices")).to_contain_text("saved")

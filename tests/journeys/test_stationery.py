"""Stationery in a browser: made in the middle of an account form, seen before it is saved, and always harmless."""

import re

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.cast import PIXEL
from tests.unit.stationery.corpus import CORPUS

FRAME = "<div data-content></div>"
LOGO = {"name": "Logo firmy.png", "mimeType": "image/png", "buffer": PIXEL}


def frame(page: Page):
    return page.frame_locator("#stationery-preview iframe")


def update_the_preview(page: Page, scripted: bool) -> None:
    if not scripted:
        page.get_by_role("button", name="Update the preview").click()


def save(page: Page) -> None:
    page.locator(".layout-buttons").get_by_role("button", name="Save stationery").click()


def make(page: Page, name: str, source: str) -> None:
    page.goto("/stationery/new")
    page.locator("#design-name").fill(name)
    page.locator("#design-html").fill(source)
    save(page)
    page.wait_for_url(re.compile(r"/stationery/\d+$"))


def test_a_design_is_seen_before_it_is_saved(page, scripted):
    page.goto("/stationery/new")
    page.locator("#design-name").fill("Firmowa")
    page.locator("#design-html").fill(f'<p style="color: rgb(1, 2, 3)">Nowa {{account.name}}</p>{FRAME}')
    page.get_by_text("Phone", exact=True).click()
    page.get_by_text("Dark", exact=True).click()
    update_the_preview(page, scripted)
    expect(frame(page).locator("p").first).to_have_text("Nowa Biuro")
    # Its own styles count in the frame, as they do in a message.
    expect(frame(page).locator("p").first).to_have_css("color", "rgb(1, 2, 3)")
    expect(frame(page).locator("p").nth(1)).to_have_css("color", "rgb(255, 255, 255)")
    assert page.locator("#stationery-preview iframe").bounding_box()["width"] == pytest.approx(390, abs=2)
    page.locator("#design-html").fill("no place for a text")
    update_the_preview(page, scripted)
    expect(page.locator("#stationery-preview")).to_contain_text("Add the place")
    save(page)
    expect(page.locator("#design-html-error")).to_contain_text("Add the place")
    expect(page.locator("#design-html")).to_have_value("no place for a text")


WIDTHS = (320, 390, 800, 1200, 1440)


def test_a_desktop_is_seen_whole_at_any_width(page):
    page.goto("/stationery/new")
    for width in WIDTHS:
        assert_a_desktop_fits(page, width)


@pytest.mark.parametrize("scripted", [True], indirect=True, ids=["with JavaScript"])
def test_a_desktop_is_seen_whole_over_the_form_of_an_account(page):
    page.goto("/accounts/new")
    page.get_by_role("button", name="Show additional data").click()
    page.get_by_role("button", name="New stationery").click()
    expect(page.locator("#stationery-dialog #design-name")).to_be_focused()
    for width in WIDTHS:
        assert_a_desktop_fits(page, width)


def assert_a_desktop_fits(page: Page, width: int) -> None:
    """The picture fills its box, with nothing beside or below it, and what it shows is no phone's window."""
    page.set_viewport_size({"width": width, "height": 900})
    box, picture = page.locator("#stationery-preview"), page.locator("#stationery-preview iframe")
    for size in ("Width", "Height"):
        shown, whole = (box.evaluate(f"box => box.{kind}{size}") for kind in ("client", "scroll"))
        assert whole == shown, (width, size)
        assert picture.bounding_box()[size.lower()] == pytest.approx(shown, abs=1), (width, size)
    assert picture.evaluate("picture => picture.clientWidth") >= 500


@pytest.mark.parametrize("starter", ["letter", "card"])
def test_links_in_the_text_of_a_white_design_can_be_read_in_the_dark(page, starter):
    page.goto(f"/stationery/starters/{starter}?scheme=dark")
    # The design's own ground is white, or nearly: what a browser gives links in the dark would hardly show there.
    text = page.get_by_role("link", name="infirma.pl", exact=True)
    expect(text).to_have_css("color", "rgb(0, 0, 238)")
    expect(page.locator("table td").filter(has=text).last).to_have_css("color-scheme", "light")


def test_an_image_is_added_inserted_and_shown(page, scripted):
    page.goto("/stationery/new")
    page.locator("#design-name").fill("Z obrazem")
    page.locator("#design-html").fill(FRAME)
    page.locator("#design-image").set_input_files(LOGO)
    if scripted:
        page.get_by_role("button", name="Insert logo-firmy").click()
    else:
        page.get_by_role("button", name="Add image").click()
        page.locator("#design-html").fill(f'{FRAME}<img src="cid:logo-firmy" width="1" alt="">')
    expect(page.locator("#design-html")).to_have_value(re.compile("cid:logo-firmy"))
    save(page)
    page.wait_for_url(re.compile(r"/stationery/\d+$"))
    picture = frame(page).locator("img")
    expect(picture).to_have_attribute("src", re.compile(r"^/stationery/images/"))
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1


def test_a_new_one_is_made_in_the_middle_of_a_form(page, form, scripted):
    form.open()
    form.fill_in()
    page.get_by_role("button", name="Show additional data").click()
    if not scripted:
        page.locator("#imap-password").fill(form.password)
    page.get_by_role("button", name="New stationery").click()
    expect(page.locator("#design-name")).to_be_visible()
    if scripted:
        expect(page.locator("#design-name")).to_be_focused()
        # The keyboard stays inside, and leads out again.
        page.keyboard.press("Escape")
        expect(page.locator("#stationery-dialog")).to_have_count(0)
        expect(page.get_by_role("button", name="New stationery")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#design-name")).to_be_focused()
        # What is typed there is not thrown away unasked.
        page.keyboard.type("x")
        page.once("dialog", lambda asked: asked.dismiss())
        page.keyboard.press("Escape")
        expect(page.locator("#design-name")).to_have_value("x")
        page.locator("#design-name").fill("")
    save(page)
    expect(page.locator("#design-name-error")).to_contain_text("Type a name")
    page.locator("#design-name").fill("Z formularza")
    save(page)
    expect(page.locator("#stationery option:checked")).to_have_text("Z formularza")
    expect(page.locator("#imap-host")).to_have_value("mail.skrzynka.test")
    expect(page.locator("#name")).to_have_value("Biuro")
    expect(page.locator("#stationery-choice iframe")).to_have_count(1)
    if scripted:
        expect(page.locator("#stationery")).to_be_focused()
        expect(page.locator("#imap-password")).to_have_value(form.password)
    else:
        expect(page.locator("#imap-password-verdict")).to_contain_text("again")
        page.locator("#imap-password").fill(form.password)
    form.save()
    expect(page.locator("#stationery option:checked")).to_have_text("Z formularza")
    page.goto("/stationery/")
    expect(page.locator("#main")).to_contain_text("Used by Biuro")


@pytest.mark.parametrize("scripted", [True], indirect=True, ids=["with JavaScript"])
def test_what_went_wrong_is_said_in_front_of_the_form(page):
    page.goto("/accounts/new")
    page.get_by_role("button", name="Show additional data").click()
    page.get_by_role("button", name="New stationery").click()
    page.locator("#design-name").fill("Z formularza")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    save(page)
    expect(page.locator("#stationery-dialog #trouble")).to_contain_text("You are signed out")
    page.context.add_cookies(cookies)
    save(page)
    expect(page.locator("#stationery option:checked")).to_have_text("Z formularza")


@pytest.mark.parametrize("scripted", [True], indirect=True, ids=["with JavaScript"])
def test_the_picture_beside_the_choice_follows_it(page):
    make(page, "Pierwsza", FRAME)
    make(page, "Druga", FRAME)
    page.goto("/accounts/new")
    page.get_by_role("button", name="Show additional data").click()
    expect(page.locator("#stationery-choice iframe")).to_have_count(0)
    for number, name in ((1, "Pierwsza"), (2, "Druga")):
        page.locator("#stationery").select_option(label=name)
        expect(page.locator("#stationery-choice iframe")).to_have_attribute("src", f"/stationery/{number}/sample")


@pytest.mark.parametrize("scripted", [True], indirect=True, ids=["with JavaScript"])
def test_nothing_hostile_happens_in_the_preview_or_the_list(page, house):
    said: list[str] = []
    asked: list[str] = []

    def hear(dialog: Dialog) -> None:
        if dialog.type == "beforeunload":  # it is left with something typed in it
            dialog.accept()
            return
        said.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", hear)
    page.context.on("request", lambda request: asked.append(request.url))
    page.goto("/stationery/new")
    for start in range(0, len(CORPUS), 20):
        # Each by itself between others; what one opens must not swallow the rest of the test.
        hostile = "".join(f"<section>{text}</section>" for text in CORPUS[start : start + 20])
        page.locator("#design-html").fill(f"<p>part {start}</p>{FRAME}{hostile}")
        expect(page.locator("#stationery-preview iframe, #stationery-preview p").first).to_be_visible()
        page.wait_for_timeout(700)
    for number, text in enumerate(CORPUS):
        if number % 10 == 0:
            make(page, f"Wroga {number}", FRAME + text)
    page.goto("/stationery/")
    page.wait_for_load_state("networkidle")
    assert said == []
    assert [url for url in asked if not url.startswith(house.address)] == []
    # And a hostile document that is opened by itself runs nothing either.
    page.goto("/stationery/1/sample")
    assert page.locator("script").count() == 0

"""axe finds nothing, on every page and in every state, light and dark, wide and narrow, in English and in Polish."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from playwright.sync_api import Page, expect

from tests.cast import PIXEL
from tests.integration.fetching.mailbox import mailbox
from tests.journeys.axe import LOOKS, flaws
from tests.journeys.form import ACCOUNT, FormPage

ROOT = Path(__file__).resolve().parents[2]
POLISH = ROOT / "app" / "translations" / "pl" / "LC_MESSAGES" / "messages.po"


@cache
def polish() -> Catalog:
    with POLISH.open("rb") as file:
        return read_po(file, locale="pl")


@pytest.fixture
def scripted() -> bool:
    """Axe is a script itself."""
    return True


@pytest.fixture
def received(dovecot_server, authority) -> None:
    """A message in the inbox, and another one in a folder that is not fetched by itself."""
    with mailbox(dovecot_server.tls_port, str(authority.ca_file)) as client:
        raw = b"From: jan@firma.test\r\nSubject: Oferta\r\nContent-Type: text/html\r\n\r\n"
        client.append("INBOX", raw + b'<p>Text</p><img src="https://tracker.test/1.png">')
        client.create_folder("Klienci")
        client.append("Klienci", raw + b"<p>Another text</p>")


@dataclass
class Journey:
    """A way through all states; at each stop axe looks at what is there."""

    form: FormPage
    language: str
    looks: list[tuple[str, int]]
    found: dict[str, list[str]] = field(default_factory=dict)

    @property
    def page(self) -> Page:
        return self.form.page

    def look(self, state: str) -> None:
        """Have axe look at the page as it stands, in every scheme and width."""
        expect(self.page.locator("html")).to_have_attribute("lang", self.language)
        found = flaws(self.page, self.looks)
        if found:
            self.found[state] = found

    def press(self, button: str) -> None:
        self.form.press(self.say(button))

    def say(self, sentence: str) -> str:
        """Return the words on the screen for an English sentence."""
        return sentence if self.language == "en" else str(polish().get(sentence).string)

    def choose_the_language(self) -> None:
        self.page.locator(f"button[name=language][value={self.language}]").click()
        expect(self.page.locator("html")).to_have_attribute("lang", self.language)

    def open_the_account(self) -> None:
        self.page.goto("/accounts/")
        self.page.locator(".account-name a").click()
        self.page.wait_for_url(ACCOUNT)


@pytest.mark.usefixtures("received")
@pytest.mark.parametrize(("language", "looks"), [("en", LOOKS), ("pl", LOOKS[:1])], ids=["English", "Polish"])
def test_every_page_and_state_is_accessible(form, house, slow, language, looks):
    journey = Journey(form, language, looks)
    # Without motion: on its way from light to dark a colour passes through ones that nobody is to read.
    form.page.emulate_media(reduced_motion="reduce")
    journey.choose_the_language()
    see_what_comes_before_the_form(journey, house.link)
    see_the_form_and_its_tests(journey, slow.port)
    see_an_account(journey)
    see_the_stationery(journey)
    see_the_mail(journey)
    see_what_was_received(journey)
    see_the_layouts(journey)
    see_the_sites(journey)
    see_the_way_out(journey)
    assert not journey.found, "\n".join(f"{where}: {what}" for where, what in journey.found.items())


def see_what_comes_before_the_form(journey: Journey, used_link: str) -> None:
    page = journey.page
    page.goto("/users/me/password")
    journey.look("password")
    page.locator("main button[type=submit]").click()
    expect(page.locator("#error-summary")).to_be_visible()
    journey.look("password refused")
    page.evaluate("document.querySelectorAll('[name=csrf_token]').forEach(it => it.value = 'stale')")
    page.locator("main button[type=submit]").click()
    expect(page.locator("#error-summary")).to_have_count(0)
    journey.look("stale form")
    page.goto("/nonsense")
    journey.look("not found")
    page.goto(used_link)
    journey.look("sign-in link")
    page.locator("main form[action*='/sign-in/'] button").click()
    expect(page.locator("main form")).to_have_count(0)
    journey.look("used link")
    page.goto("/accounts/")
    journey.look("empty list")


def see_the_form_and_its_tests(journey: Journey, slow_port: int) -> None:
    page, form = journey.page, journey.form
    form.open()
    journey.look("new account")
    journey.press("Save changes")
    expect(page.locator("#error-summary")).to_be_visible()
    journey.look("errors")
    form.open()
    form.fill_in(password="wrong")
    journey.look("suggestions")
    page.locator("#imap-port").fill(str(slow_port))
    journey.press("Test connection")
    expect(page.locator("#connection-test-cancel")).to_be_visible()
    journey.look("running test")
    page.locator("#connection-test-cancel").click()
    form.wait_for_the_verdict()
    expect(page.locator("#connection-test-headline")).to_contain_text(
        journey.say("The test was cancelled. Nothing was saved.")
    )
    journey.look("cancelled test")
    page.locator("#imap-port").fill(str(form.imap_port))
    journey.press("Test connection")
    form.wait_for_the_verdict()
    expect(page.locator(".verdict-error")).to_have_count(2)
    journey.look("failed test")
    form.retype_password(form.password)
    journey.press("Test connection")
    form.wait_for_the_verdict()
    expect(page.locator(".verdict-success")).to_have_count(2)
    journey.look("passed test")
    journey.press("Save changes")
    page.wait_for_url(ACCOUNT)
    journey.look("saved")


def see_an_account(journey: Journey) -> None:
    page = journey.page
    page.get_by_role("button", name=journey.say("Show additional data")).click()
    expect(page.locator("#active")).to_be_visible()
    journey.look("additional data")
    page.locator("#name").fill("Second")
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("#name").fill("First")
    other.locator("#account-buttons button").first.click()
    expect(other.locator("h1")).to_have_text("First")
    other.close()
    journey.press("Save changes")
    expect(page.locator("#account-form .notice-warning")).to_be_visible()
    journey.look("conflict")
    journey.open_the_account()
    page.locator("#imap-host").fill("stranger.test")
    journey.press("Save changes")
    expect(page.locator("#imap-password-error")).not_to_be_empty()
    journey.look("password asked for again")
    page.goto("/accounts/")
    journey.look("list")
    page.locator(".account-actions form button").click()
    expect(page.locator(".account-inactive")).to_have_count(1)
    journey.look("list with an account that is switched off")
    page.locator("a[href$='/remove']").click()
    journey.look("deletion")


def see_the_stationery(journey: Journey) -> None:
    page = journey.page
    page.goto("/stationery/")
    journey.look("no stationery")
    page.goto("/stationery/new")
    page.locator("#stationery-placeholders summary").click()
    page.locator("#design-image").set_input_files({"name": "a.svg", "mimeType": "image/png", "buffer": b"<svg/>"})
    expect(page.locator("#design-image-error")).not_to_be_empty()
    page.locator("#design-image").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": PIXEL})
    expect(page.locator(".stationery-images li")).to_have_count(1)
    journey.look("editor of stationery")
    page.locator("#design-html").fill("{nobody}")
    expect(page.locator("#stationery-preview p")).to_be_visible()
    page.get_by_role("button", name=journey.say("Card")).click()
    expect(page.locator("#stationery-sure")).to_be_visible()
    page.locator(".layout-buttons button").first.click()
    expect(page.locator("#stationery-summary")).to_be_visible()
    journey.look("stationery refused")
    journey.form.open()
    page.get_by_role("button", name=journey.say("Show additional data")).click()
    page.get_by_role("button", name=journey.say("New stationery")).click()
    expect(page.locator("#stationery-dialog #design-name")).to_be_focused()
    journey.look("editor over the form")
    page.locator("#design-name").fill("Firmowa")
    page.keyboard.press("Enter")
    expect(page.locator("#stationery-dialog")).to_have_count(0)
    expect(page.locator("#stationery-choice iframe")).to_have_count(1)
    journey.look("stationery chosen")
    page.goto("/stationery/1")
    other = page.context.new_page()
    other.goto(page.url)
    other.locator(".layout-buttons button").first.click()
    expect(other.locator(".notice-success")).to_be_visible()
    other.close()
    page.locator(".layout-buttons button").first.click()
    expect(page.locator("#stationery-form .notice-warning")).to_be_visible()
    journey.look("stationery changed by somebody else")
    page.goto("/stationery/")
    journey.look("stationery without a default")
    page.locator("form[action$='/default'] button").click()
    expect(page.locator(".badge-success")).to_be_visible()
    journey.look("stationery")
    page.locator("a[href$='/remove']").click()
    journey.look("deletion of stationery")


def see_the_mail(journey: Journey) -> None:
    page = journey.page
    page.goto("/mail/")
    journey.look("no messages")
    page.goto("/mail/new")
    journey.look("a message without an account")
    page.goto("/accounts/")
    page.locator(".account-actions form button").click()
    expect(page.locator(".account-inactive")).to_have_count(0)
    page.goto("/mail/new")
    journey.look("new message")
    page.locator("#text").fill("Treść")
    expect(page.locator("#draft-state")).not_to_be_empty()
    page.locator("#files").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"x"})
    expect(page.locator(".file-name")).to_have_text("a.txt")
    journey.look("draft with a file")
    see_the_stationery_of_a_message(journey)
    page.locator("#to").fill("jan")
    page.locator("#letter-send").click()
    expect(page.locator("#error-summary")).to_be_visible()
    journey.look("message refused")
    page.locator("#to").fill("jan@skrzynka.test")
    page.locator("#letter-send").click()
    expect(page.locator("#message .badge-success")).to_be_visible()
    expect(page.locator("#message-copy form")).to_be_visible()
    journey.look("sent, without a place for the copy")
    page.goto("/mail/")
    journey.look("messages")
    page.locator("a[href$='/discard']").first.click()
    journey.look("deletion of a message")
    journey.open_the_account()
    page.locator("form[action^='/mail/tests/of/'] button").click()
    page.wait_for_url("**/mail/tests/*")
    journey.look("test message")
    page.locator("#round-trip form button").click()
    expect(page.locator("#round-trip span[hx-get]")).to_have_count(0)
    journey.look("test message cancelled")


def see_the_stationery_of_a_message(journey: Journey) -> None:
    page = journey.page
    expect(page.locator("#stationery option:checked")).to_have_text("Firmowa")
    page.locator("#stationery").select_option("")
    # Kept by now, so that its answer does not come in between.
    expect(page.locator("[name=stationery-by-hand]")).to_have_count(1)
    # As if the page had been opened for another account.
    page.locator("[name=stationery-sender]").evaluate("it => it.value = ''")
    page.locator("#text").fill("Inna treść")
    expect(page.locator("#letter-question .notice")).to_be_visible()
    journey.look("question about the stationery")
    page.locator("#letter-question button").first.click()
    expect(page.locator("#letter-question .notice")).to_have_count(0)
    expect(page.locator("#stationery")).to_be_focused()
    other = page.context.new_page()
    other.goto("/stationery/1/remove")
    other.locator("main form button").click()
    expect(other.locator(".notice-success")).to_be_visible()
    other.close()
    page.locator("#text").fill("Treść")
    expect(page.locator("#stationery-error")).not_to_be_empty()
    journey.look("stationery that is gone")


def see_what_was_received(journey: Journey) -> None:
    page = journey.page
    page.goto("/mailbox/?search=nobody+wrote+this")
    journey.look("no message fits")
    page.goto("/mailbox/")
    expect(page.locator(".mailbox li")).to_have_count(1, timeout=40_000)
    journey.look("received messages")
    page.locator(".mailbox a").first.click()
    expect(page.locator("#message-content")).to_be_visible()
    journey.look("a received message")
    page.goto("/accounts/")
    page.locator(".account a[href*='/fetching/']").first.click()
    expect(page.locator("#fetching-folders")).to_be_visible()
    journey.look("fetching")
    page.locator(".fetching-folders input[type=checkbox]").last.check()
    page.locator("#fetching-save").click()
    expect(page.locator("#notices .notice-success")).to_be_visible()
    page.locator(".page-heading a[href*='/mailbox/']").click()
    expect(page.locator(".mailbox-folders a")).to_have_count(3, timeout=40_000)
    page.locator(".mailbox-folders a").last.click()
    expect(page.locator(".mailbox-folders a[aria-current]")).to_have_text("Klienci")
    expect(page.locator(".mailbox li")).to_have_count(1)
    journey.look("messages of a folder")
    page.goto("/accounts/")
    expect(page.locator(".badge-accent")).to_be_visible()
    journey.look("an account with unread mail")
    page.locator(".account a[href*='/fetching/']").first.click()
    page.locator("#interval").fill("0")
    page.locator("#fetching-save").click()
    expect(page.locator("#interval-error")).not_to_be_empty()
    journey.look("fetching refused")
    page.locator("#fetching-pause").click()
    expect(page.locator("#fetching-state .badge-warning")).to_be_visible()
    journey.look("fetching paused")
    page.goto("/fetching/")
    journey.look("how often is usual")


def see_the_layouts(journey: Journey) -> None:
    page = journey.page
    page.goto("/form-layouts/")
    journey.look("no layouts")
    page.locator("#new-layout button[type=submit]").click()
    expect(page.locator("#name-error")).not_to_be_empty()
    journey.look("layout without a name")
    page.locator("#name").fill("Team")
    page.locator("#new-layout button[type=submit]").click()
    page.wait_for_url("**/form-layouts/1")
    journey.look("editor")
    page.locator("#imap-host-show").select_option("hidden")
    page.locator("#colour-up").click()
    expect(page.locator("#layout-colour + #layout-email")).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
    journey.look("editor with all settings open")
    page.locator(".layout-buttons button").first.click()
    expect(page.locator("#error-summary")).to_be_visible()
    journey.look("layout refused")
    page.locator("#imap-host-show").select_option("shown")
    page.locator("#colour-read-only").evaluate("it => it.closest('details').open = true")
    page.locator("#colour-read-only").check()
    page.locator(".layout-buttons button").first.click()
    expect(page.locator(".notice-success")).to_be_visible()
    page.goto("/form-layouts/1/versions")
    journey.look("versions")
    page.goto("/accounts/new")
    journey.look("form with a read-only field")
    page.goto("/form-layouts/")
    journey.look("layouts")
    page.goto("/form-layouts/1/remove")
    journey.look("deletion of a layout")
    page.locator("main form button").click()
    expect(page.locator(".notice-success")).to_be_visible()


def see_the_sites(journey: Journey) -> None:
    page = journey.page
    page.goto("/embed-clients/")
    journey.look("no sites")
    page.goto("/embed-clients/new")
    journey.look("new site")
    page.locator("#origins").fill("helpdesk.firma.test")
    page.locator("#embed-client button[type=submit]").click()
    expect(page.locator("#error-summary")).to_be_visible()
    journey.look("site refused")
    page.locator("#name").fill("Helpdesk")
    page.locator("#origins").fill("https://helpdesk.firma.test")
    page.locator("#return-addresses").fill("https://helpdesk.firma.test/accounts")
    page.locator("#embed-client button[type=submit]").click()
    expect(page.locator("[data-copy=client-key]")).to_be_visible()
    journey.look("key")
    page.goto("/embed-clients/")
    journey.look("sites")
    page.goto("/embed-clients/1/key")
    journey.look("new key")
    page.goto("/embed-clients/1/remove")
    journey.look("deletion of a site")
    page.locator("main form button").click()
    expect(page.locator(".notice-success")).to_be_visible()


def see_the_way_out(journey: Journey) -> None:
    page = journey.page
    page.locator("form[action='/sign-out'] button").click()
    page.wait_for_url("**/sign-in")
    journey.look("sign-in")
    page.locator("#email").fill("anna@firma.test")
    page.locator("#password").fill("wrong")
    page.locator("main .card button[type=submit]").click()
    expect(page.locator(".notice-error")).to_be_visible()
    journey.look("sign-in refused")

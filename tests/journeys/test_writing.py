"""Writing on stationery, from making one to finding the message in Sent, with JavaScript and without."""

import ssl
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from imapclient import IMAPClient
from playwright.sync_api import Page, Route, expect

from tests.cast import PIXEL
from tests.journeys.form import FormPage, follow
from tests.journeys.test_mail import MESSAGE, incoming, outgoing
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import OTHER_USER, PASSWORD, USER
from tests.unit.stationery.framed import text_in

__all__ = ["incoming", "outgoing"]

FRAME = "<div data-content></div>"
COMPANY = f'<p style="color: rgb(1, 2, 3)">Firma {{account.name}}</p>{FRAME}'
LOGO = {"name": "Logo.png", "mimeType": "image/png", "buffer": PIXEL}
TEXT = "Dzień dobry,\n\ntreść, która zostaje."


class Letter:
    """The page on which a message is written."""

    def __init__(self, page: Page, scripted: bool) -> None:
        self.page = page
        self._scripted = scripted

    @property
    def frame(self):
        return self.page.frame_locator("#letter-picture iframe").locator("body")

    def choose(self, field: str, label: str) -> None:
        """Choose an account or a stationery; without a script the page has to be told to look."""
        select = self.page.locator(f"#{field}")
        select.select_option(select.locator("option").filter(has_text=label).get_attribute("value"))
        if not self._scripted:
            self.page.get_by_role("button", name="Save and show the message").click()

    def shows(self, stationery: str, words: str) -> None:
        """Expect a stationery, chosen and in the picture, around the text that was typed."""
        expect(self.page.locator("#stationery option:checked")).to_have_text(stationery)
        expect(self.page.locator("#text")).to_have_value(TEXT)
        expect(self.frame).to_contain_text(words)
        expect(self.frame).to_contain_text("treść, która zostaje.")


@pytest.fixture
def accounts(form: FormPage, scripted: bool) -> None:
    """Two accounts: the stationery of the first one is made inside its form, the other one's before."""
    page = form.page
    form.open()
    form.fill_in()
    page.get_by_role("button", name="Show additional data").click()
    page.get_by_role("button", name="New stationery").click()
    page.locator("#design-name").fill("Firmowa")
    page.locator("#design-image").set_input_files(LOGO)
    if not scripted:
        page.get_by_role("button", name="Add image").click()
    expect(page.locator(".stationery-images li")).to_have_count(1)
    page.locator("#design-html").fill(COMPANY + '<img src="cid:logo" alt="">')
    page.locator(".layout-buttons").get_by_role("button", name="Save stationery").click()
    expect(page.locator("#stationery option:checked")).to_have_text("Firmowa")
    if not scripted:
        page.locator("#imap-password").fill(form.password)
    form.save()
    page.goto("/stationery/new")
    page.locator("#design-name").fill("Prosta")
    page.locator("#design-html").fill(f"<p>Prosta papeteria</p>{FRAME}")
    page.locator(".layout-buttons").get_by_role("button", name="Save stationery").click()
    expect(page.locator(".notice-success")).to_be_visible()
    other = replace(form, email=OTHER_USER)
    other.open()
    other.fill_in(learned=True)
    page.locator("#name").fill("Sklep")
    page.get_by_role("button", name="Show additional data").click()
    page.locator("#stationery").select_option(label="Prosta")
    if not scripted:
        page.locator("#imap-password").fill(form.password)
    other.save()


def answer_late(route: Route) -> None:
    """Hold up what a button sends, as a slow network would."""
    if "stationery-answer" in (route.request.post_data or ""):
        route.request.frame.page.wait_for_timeout(500)
    route.continue_()


def answer_from_a_changed_text(page: Page, scripted: bool, button: str) -> None:
    """Press a button: leaving the text is an event of its own, which must not call back the answer on its way."""
    page.locator("#text").press("End")
    page.locator("#text").press_sequentially("!")
    if scripted:
        # So that no other change is still to be kept.
        page.wait_for_timeout(1500)
        page.route("**/mail/**", answer_late)
    page.get_by_role("button", name=button).click()
    expect(page.locator("#letter-question .notice")).to_have_count(0)
    page.locator("#text").fill(TEXT)


@pytest.mark.usefixtures("accounts")
def test_the_stationery_follows_the_account_and_is_found_in_sent(page, scripted, incoming, authority):
    letter = Letter(page, scripted)
    page.goto("/mail/new")
    page.locator("#to").fill(OTHER_USER)
    page.locator("#subject").fill("Oferta")
    page.locator("#text").fill(TEXT)
    letter.choose("sender", "Biuro")
    letter.shows("Firmowa", "Firma Biuro")
    expect(letter.frame.locator("p").first).to_have_css("color", "rgb(1, 2, 3)")
    letter.choose("sender", "Sklep")
    letter.shows("Prosta", "Prosta papeteria")
    letter.choose("sender", "Biuro")
    letter.shows("Firmowa", "Firma Biuro")
    expect(page.locator("#letter-question .notice")).to_have_count(0)

    letter.choose("stationery", "Prosta")
    letter.shows("Prosta", "Prosta papeteria")
    page.locator("#text").focus()
    letter.choose("sender", "Biuro")
    letter.choose("stationery", "Firmowa")
    letter.shows("Firmowa", "Firma Biuro")
    letter.choose("stationery", "No stationery")
    expect(letter.frame).not_to_contain_text("Firma")
    letter.choose("sender", "Sklep")
    expect(page.locator("#letter-question")).to_contain_text("messages from “Sklep” have “Prosta”")
    expect(page.locator("#stationery option:checked")).to_have_text("No stationery")
    page.get_by_role("button", name="Keep it plain").click()
    expect(page.locator("#letter-question .notice")).to_have_count(0)
    expect(page.locator("#stationery option:checked")).to_have_text("No stationery")
    letter.choose("sender", "Biuro")
    answer_from_a_changed_text(page, scripted, "Use “Firmowa”")
    letter.shows("Firmowa", "Firma Biuro")

    page.locator("#letter-send").click()
    page.wait_for_url(MESSAGE)
    for _ in range(60):
        if scripted or "“Wysłane”" in page.locator("#message").inner_text():
            break
        follow(page, page.get_by_role("link", name="Refresh"))
    expect(page.locator("#message-copy")).to_contain_text("“Wysłane”")
    expect(page.frame_locator("#message-content iframe").locator("body")).to_contain_text("Firma Biuro")
    sent = newest(USER, "Wysłane", incoming, str(authority.ca_file))
    html = sent.get_body(["html"]).get_content()
    assert "rgb(1, 2, 3)" in html
    assert "treść, która zostaje." in (text_in(html) or "")
    (image,) = [part for part in sent.walk() if part.get_content_maintype() == "image"]
    assert image.get_content() == PIXEL
    assert f"cid:{image['Content-ID'].strip('<>')}" in html


@pytest.mark.usefixtures("accounts")
def test_one_that_is_deleted_meanwhile_gives_way_and_the_text_stays(page, scripted):
    letter = Letter(page, scripted)
    page.goto("/mail/new")
    page.locator("#to").fill(OTHER_USER)
    page.locator("#subject").fill("Oferta")
    page.locator("#text").fill(TEXT)
    letter.choose("sender", "Sklep")
    # Chosen and left before, so that the browser holds on to it.
    for stationery, words in (("Prosta", "Prosta papeteria"), ("Firmowa", "Firma Sklep")):
        letter.choose("stationery", stationery)
        letter.shows(stationery, words)
    other = page.context.new_page()
    other.goto("/stationery/1/remove")
    other.locator("main form button").click()
    expect(other.locator(".notice-success")).to_be_visible()
    other.close()
    page.locator("#letter-send").click()
    expect(page.locator("#stationery-error")).to_contain_text("deleted meanwhile")
    letter.shows("Prosta", "Prosta papeteria")
    page.locator("#letter-send").click()
    page.wait_for_url(MESSAGE)
    expect(page.frame_locator("#message-content iframe").locator("body")).to_contain_text("Prosta papeteria")


def newest(user: str, folder: str, server: Dovecot, ca_file: str) -> EmailMessage:
    with IMAPClient("localhost", server.tls_port, ssl_context=ssl.create_default_context(cafile=ca_file)) as client:
        client.plain_login(user, PASSWORD)
        client.select_folder(folder, readonly=True)
        uid = max(client.search())
        return message_from_bytes(client.fetch(uid, ["BODY.PEEK[]"])[uid][b"BODY[]"], policy=policy.default)

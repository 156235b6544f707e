"""Writing, sending and finding it again, in a real browser, each journey with JavaScript and without."""

import re
import ssl
from email import message_from_bytes, policy

import pytest
from imapclient import IMAPClient
from playwright.sync_api import expect

from tests.journeys.form import follow
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import OTHER_USER, PASSWORD
from tests.servers.postfix import Postfix

MESSAGE = re.compile(r"/mail/[\w-]{22}$")


@pytest.fixture
def incoming(receiving_dovecot: Dovecot) -> Dovecot:
    """Mailboxes that mail really arrives in."""
    return receiving_dovecot


@pytest.fixture
def outgoing(delivering_postfix: Postfix) -> Postfix:
    """Postfix that delivers into them."""
    return delivering_postfix


def write(form, *, subject: str = "Zażółć gęślą jaźń", file: bool = True) -> None:
    page = form.page
    page.goto("/mail/")
    page.get_by_role("link", name="Write a message").click()
    page.locator("#to").fill(f"Jan <{OTHER_USER}>")
    page.locator("#subject").fill(subject)
    page.locator("#text").fill("Dzień dobry,\n\ntreść.")
    if file:
        page.locator("#files").set_input_files(
            {"name": "umowa żółta.txt", "mimeType": "text/plain", "buffer": b"Umowa."}
        )
        if form.scripted:
            expect(page.locator("#letter-files .file-name")).to_have_text("umowa żółta.txt")


def test_a_message_is_written_sent_and_seen_in_the_other_mailbox_and_in_sent(form, incoming, authority):
    form.add()
    write(form)
    page = form.page
    page.locator("#letter-send").click()
    page.wait_for_url(MESSAGE)
    for _ in range(60):
        if form.scripted or "“Wysłane”" in page.locator("#message").inner_text():
            break
        follow(page, page.get_by_role("link", name="Refresh"))
    expect(page.locator("#message-headline")).to_contain_text("The message was sent.")
    expect(page.locator("#message-copy")).to_contain_text("“Wysłane”")
    page.goto("/mail/")
    expect(page.locator("#mail-list")).to_contain_text("Sent")
    assert "umowa żółta.txt" in attachments(OTHER_USER, "INBOX", incoming, str(authority.ca_file))


def attachments(user: str, folder: str, server: Dovecot, ca_file: str) -> str:
    context = ssl.create_default_context(cafile=ca_file)
    with IMAPClient("localhost", server.tls_port, ssl_context=context) as client:
        client.plain_login(user, PASSWORD)
        client.select_folder(folder, readonly=True)
        newest = max(client.search())
        raw = client.fetch(newest, ["BODY.PEEK[]"])[newest][b"BODY[]"]
    return str([part.get_filename() for part in message_from_bytes(raw, policy=policy.default).iter_attachments()])


def test_a_draft_keeps_what_was_typed(form):
    form.add()
    write(form, file=False)
    page = form.page
    if form.scripted:
        expect(page.locator("#draft-state")).to_contain_text("Draft saved at")
        # The page is that of the draft by now, also for who reloads it.
        expect(page).to_have_url(MESSAGE)
        page.reload()
        expect(page.locator("#text")).to_have_value("Dzień dobry,\n\ntreść.")
    else:
        page.get_by_role("button", name="Save draft").click()
    page.goto("/mail/")
    page.get_by_role("link", name="Zażółć gęślą jaźń", exact=True).click()
    expect(page.locator("#text")).to_have_value("Dzień dobry,\n\ntreść.")


def test_what_is_wrong_is_said_and_nothing_is_lost(form):
    form.add()
    write(form, subject="", file=False)
    page = form.page
    page.locator("#to").fill("jan")
    page.locator("#letter-send").click()
    expect(page.locator("#to-error")).to_contain_text("is not an address")
    expect(page.locator("#subject-error")).to_contain_text("no subject")
    expect(page.locator("#text")).to_have_value("Dzień dobry,\n\ntreść.")
    page.locator("#to").fill(OTHER_USER)
    if form.scripted:
        expect(page.locator("#to-error")).to_be_empty()
    page.locator("#letter-send").click()
    expect(page.locator("#message-headline")).to_be_visible()
    expect(page.locator("h1")).to_have_text("(no subject)")


def test_a_test_message_comes_back_with_its_time(form):
    form.add()
    page = form.page
    page.get_by_role("button", name="Send a test message to myself").click()
    page.wait_for_url("**/mail/tests/*")
    expect(page.locator("#round-trip-headline")).to_contain_text("has arrived", timeout=30_000)
    expect(page.locator("#round-trip-time")).to_contain_text("seconds")

"""Mail that arrives is seen, read and answered, in a real browser, each journey with JavaScript and without."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from imapclient import IMAPClient
from playwright.sync_api import expect
from sqlalchemy import update

from app import clock
from app.cli.database import open_session
from app.config import Config
from app.models import FetchState
from tests.fakes.narrow_link import narrow_link
from tests.integration.fetching.mailbox import mailbox
from tests.journeys.form import follow
from tests.journeys.test_mail import MESSAGE

LETTER = (
    "From: Jan <jan@firma.test>\r\nSubject: {subject}\r\nMessage-ID: <{subject}@firma.test>\r\n"
    "Content-Type: text/html; charset=utf-8\r\n\r\n"
    '<p>Dzień dobry</p><img src="https://tracker.test/1.png"><script>document.title = "run"</script>\r\n'
    '<a href="{link}">Umowa</a>\r\n'
)


@pytest.fixture
def inbox(dovecot_server, authority) -> Iterator[IMAPClient]:
    with mailbox(dovecot_server.tls_port, str(authority.ca_file)) as client:
        yield client


def letter(subject: str, link: str = "https://firma.test/") -> bytes:
    return LETTER.format(subject=subject, link=link).encode()


def put(inbox: IMAPClient, *subjects: str, **more: str) -> None:
    for subject in subjects:
        inbox.append("INBOX", letter(subject, **more))


def until_there(page, scripted: bool, words: str) -> None:
    """Wait until a list says something: scripts ask by themselves, without them there is a link."""
    for _ in range(100):
        if scripted or words in page.locator("main").inner_text():
            break
        follow(page, page.get_by_role("link", name="Refresh").first)
        page.wait_for_timeout(200)
    expect(page.locator("main")).to_contain_text(words, timeout=40_000)


def fetch_now(page, account_id: str) -> None:
    page.goto(f"/fetching/{account_id}")
    while page.locator("#fetching-now").count() == 0:
        # It is being fetched just now; without scripts the page has to be asked again.
        page.wait_for_timeout(200)
        page.reload()
    page.locator("#fetching-now").click()


def test_mail_arrives_is_read_and_answered_and_stays_when_the_account_is_switched_off(form, inbox, scripted, house):
    put(inbox, "pierwsza")
    form.add()
    page = form.page
    account_id = urlsplit(page.url).path.rpartition("/")[2]
    page.goto("/mailbox/")
    until_there(page, scripted, "pierwsza")
    put(inbox, "druga", link=f"{house.address}/healthz")
    fetch_now(page, account_id)
    page.goto("/mailbox/")
    until_there(page, scripted, "druga")
    page.get_by_role("link", name="druga").click()
    frame = page.frame_locator("iframe")
    expect(frame.locator("p")).to_have_text("Dzień dobry")
    expect(frame.locator("img")).to_have_count(0)
    with page.expect_popup() as opened:
        frame.get_by_role("link", name="Umowa").click()
    expect(opened.value).to_have_url(f"{house.address}/healthz")
    opened.value.close()
    expect(frame.locator("p")).to_have_text("Dzień dobry")
    expect(page).to_have_title(re.compile("druga"))
    if scripted:
        expect(page.get_by_role("button", name="Mark as unread")).to_be_visible()
    page.get_by_role("link", name="Answer").click()
    expect(page.locator("#to")).to_have_value('"Jan" <jan@firma.test>')
    expect(page.locator("#subject")).to_have_value("Re: druga")
    page.locator("#text").fill("Odpowiadam.")
    if scripted:
        expect(page.locator("#draft-state")).to_contain_text("Draft saved at")
        # The page is that of the draft by now, also for who reloads it.
        expect(page).to_have_url(MESSAGE)
        page.reload()
    else:
        page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#text")).to_have_value("Odpowiadam.")
    page.goto("/mail/")
    expect(page.locator("#mail-list li")).to_have_count(1)
    # Switched off, nothing more comes, and what came stays.
    page.goto("/accounts/")
    page.locator(".account-actions form button").click()
    expect(page.locator(".account-inactive")).to_have_count(1)
    put(inbox, "trzecia")
    page.goto("/mailbox/")
    expect(page.locator(".mailbox li")).to_have_count(2)
    # Switched on again, nothing comes twice.
    page.goto("/accounts/")
    page.locator(".account-actions form button").click()
    expect(page.locator(".account-inactive")).to_have_count(0)
    fetch_now(page, account_id)
    page.goto("/mailbox/")
    until_there(page, scripted, "trzecia")
    expect(page.locator(".mailbox li")).to_have_count(3)


def kept(page, account_id: str) -> int:
    """Return how many fetched messages of an account there are, as the page says that asks whether to delete them."""
    page.goto(f"/accounts/{account_id}/remove")
    label = page.locator("#with-mail-row")
    found = re.search(r"(\d+) fetched messages", label.inner_text()) if label.count() else None
    return int(found[1]) if found else 0


def switch(page, account_id: str, *, off: bool) -> None:
    page.goto("/accounts/")
    page.locator(f"#account-{account_id}-switch").click()
    expect(page.locator(".account-inactive")).to_have_count(int(off))


def test_switched_off_in_the_middle_it_stops_and_switched_on_it_goes_on_where_it_was(
    house, form, inbox, dovecot_server, narrow_port
):
    many, text = 800, "Treść wiadomości. " * 250
    for number in range(many):
        # More than is asked for at a time: what is asked for together may also end together.
        inbox.append("INBOX", letter(f"n{number:04}") + f"{number} {text}\r\n".encode())
    form.imap_port = narrow_port
    page = form.page
    with narrow_link(narrow_port, dovecot_server.tls_port, 200_000):
        form.add()
        account_id = urlsplit(page.url).path.rpartition("/")[2]
        page.goto("/mailbox/")
        until_there(page, form.scripted, "Jan")
        switch(page, account_id, off=True)
        page.goto(f"/fetching/{account_id}")
        expect(page.locator("#fetching-headline")).to_contain_text("switched off")
        page.wait_for_timeout(2000)
        stopped = kept(page, account_id)
        assert 0 < stopped < many, "in the middle"
        page.wait_for_timeout(3000)
        assert kept(page, account_id) == stopped, "nothing more comes"
        page.goto("/mailbox/")
        expect(page.locator(".mailbox li")).to_have_count(50)
        switch(page, account_id, off=False)
        for _ in range(120):
            if kept(page, account_id) >= many:
                break
            page.wait_for_timeout(500)
        assert kept(page, account_id) == many, "nothing is missing"
        # Pages show a message once that lies in two places, so they cannot tell.
        with closing(sqlite3.connect(house.data / "skrzynka.db")) as database:
            assert database.execute("SELECT count(*) FROM placements").fetchone() == (many,), "nothing is there twice"
        for number in (0, stopped - 1, stopped, many - 1):
            page.goto(f"/mailbox/?search=n{number:04}")
            expect(page.locator(".mailbox li")).to_have_count(1)


def test_fetching_is_paused_and_goes_on(form, inbox, scripted):
    form.add()
    page = form.page
    page.goto(f"/fetching/{page.url.rpartition('/')[2]}")
    until_there(page, scripted, "Mail is fetched by itself.")
    page.locator("#fetching-pause").click()
    expect(page.locator("#fetching-headline")).to_contain_text("paused")
    if scripted:
        # The button that was pressed is gone.
        expect(page.locator("#fetching-headline")).to_be_focused()
    page.get_by_role("button", name="Let it go on").click()
    until_there(page, scripted, "Mail is fetched by itself.")
    page.goto("/accounts/")
    expect(page.locator(".account-state .badge").first).to_have_text("Active")


def hold(house) -> None:
    """Have every account wait for another password, as after three refusals of the one that there is."""
    refused = {"outcome": "auth_failed", "failures": 3, "refusals": 3, "held_at": clock.now()}
    with open_session(Config.from_environment(house.environment)) as session:
        session.execute(update(FetchState).values(refused))
        session.commit()


def test_a_test_that_passes_ends_a_wait_at_once_and_without_a_reload(house, form, inbox, scripted):
    form.add()
    page, address = form.page, form.page.url
    page.goto(f"/fetching/{address.rpartition('/')[2]}")
    until_there(page, scripted, "Mail is fetched by itself.")
    hold(house)
    watching = page.context.new_page()
    watching.goto("/accounts/")
    expect(watching.locator("#waiting-accounts")).to_contain_text("its server does not accept the password")
    page.goto(address)
    expect(page.locator("#fetching-trouble")).to_contain_text("No mail is fetched:")
    form.retype_password(form.password)
    form.press("Test connection")
    form.wait_for_the_verdict()
    expect(page.locator("#connection-test-headline")).to_contain_text("Both servers accepted the settings.")
    expect(page.locator("#fetching-trouble")).to_be_empty()
    if scripted:
        expect(page.locator("#imap-password")).to_have_value(form.password)
    else:
        watching.reload()
    expect(watching.locator("#waiting-accounts")).to_be_empty()
    expect(watching.locator(".account-state .badge").first).to_have_text("Active")


def test_the_page_of_an_account_that_is_off_follows_who_switches_it_on(form, inbox, scripted):
    form.add()
    page = form.page
    account_id = page.url.rpartition("/")[2]
    switch(page, account_id, off=True)
    page.goto(f"/fetching/{account_id}")
    expect(page.locator("#fetching-headline")).to_contain_text("switched off")
    switch(page.context.new_page(), account_id, off=False)
    until_there(page, scripted, "Mail is fetched by itself.")


@pytest.mark.parametrize("scripted", [True], ids=["with JavaScript"])
def test_what_stands_above_the_list_and_what_a_fetch_came_to_keep_to_the_same_lines(form, inbox):
    form.add()
    page, account_id = form.page, form.page.url.rpartition("/")[2]
    page.goto("/accounts/")
    for width, alike in ((1280, ("y", "height")), (390, ("x", "width", "height"))):
        page.set_viewport_size({"width": width, "height": 800})
        boxes = [it.bounding_box() for it in page.locator(".page-heading .buttons > a").all()]
        assert len(boxes) == 2
        assert len({tuple(box[side] for side in alike) for box in boxes if box}) == 1, f"{width}: {boxes}"
    page.goto(f"/fetching/{account_id}")
    until_there(page, True, "The next attempt is in")
    facts = [it.bounding_box() for it in page.locator(".fetching-facts > span:not(.badge)").all()]
    lines = {round(box["y"]): box["x"] for box in reversed(facts) if box}
    assert len(lines) > 1, "there is no room for all of them in one line"
    left = page.locator(".fetching-facts").bounding_box()
    below = [x for y, x in lines.items() if y > min(lines)]
    assert left is not None
    assert set(below) == {left["x"]}, "no line begins with a dot"

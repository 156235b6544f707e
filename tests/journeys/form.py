"""The form of an account, as a person uses it."""

import re
from dataclasses import dataclass

from playwright.sync_api import FrameLocator, Locator, Page, expect

# What was named of the page before stays in the address.
ACCOUNT = re.compile(r"/accounts/\d+(#.*)?$")
HOST = "mail.skrzynka.test"


def follow(page: Page, link: Locator) -> None:
    """Click, and wait for the document that this leads to; the click itself is over before it has come."""
    with page.expect_event("framenavigated"):
        link.click()


@dataclass
class FormPage:
    """What a person types and presses, and what they look for; ``frame`` and ``prefix`` where another page has it."""

    page: Page
    email: str
    password: str
    imap_port: int
    smtp_port: int
    scripted: bool
    frame: FrameLocator | None = None
    prefix: str = ""

    @property
    def place(self) -> Page | FrameLocator:
        """The document that the form stands in."""
        return self.frame or self.page

    def at(self, name: str) -> Locator:
        """Return the element of the form with this id."""
        return self.place.locator(f"#{self.prefix}{name}")

    def open(self) -> None:
        self.page.goto("/accounts/new")

    def fill_in(self, *, password: str | None = None, learned: bool = False) -> None:
        """Type everything that a new account needs on servers with unusual ports.

        ``learned``: an earlier account of the same domain has taught these.
        """
        self.at("name").fill("Biuro")
        self.at("email").fill(self.email)
        self.suggest(learned=learned)
        self.at("imap-host").fill(HOST)
        self.at("imap-port").fill(str(self.imap_port))
        self.at("imap-password").fill(self.password if password is None else password)
        self.at("smtp-host").fill(HOST)
        self.at("smtp-port").fill(str(self.smtp_port))

    def suggest(self, *, learned: bool = False) -> None:
        """Let the form suggest: by itself with scripts, by its button without."""
        if not self.scripted:
            self.place.get_by_role("button", name="Suggest settings").first.click()
        host = HOST if learned else self.email.partition("@")[2]
        ports = (self.imap_port, self.smtp_port) if learned else (993, 465)
        expect(self.at("imap-host")).to_have_value(host)
        expect(self.at("imap-port")).to_have_value(str(ports[0]))
        expect(self.at("smtp-port")).to_have_value(str(ports[1]))

    def press(self, button: str) -> None:
        self.at("account-buttons").get_by_role("button", name=button).click()

    def wait_for_the_verdict(self) -> None:
        """Wait until the test has ended: scripts ask by themselves, without them there is a link."""
        headline = self.at("connection-test-headline")
        expect(headline).to_be_visible()
        if self.scripted:
            expect(self.at("connection-test-cancel")).to_have_count(0)
            return
        for _ in range(200):
            refresh = self.place.get_by_role("link", name="Refresh")
            if ACCOUNT.search(self.page.url) or refresh.count() == 0:
                return
            follow(self.page, refresh)
        raise AssertionError("the test does not end")

    def retype_password(self, password: str) -> None:
        """Type a password into a field that keeps one."""
        stored = self.at("imap-password-row").locator("summary")
        if stored.count() and not self.at("imap-password").is_visible():
            stored.click()
        self.at("imap-password").fill(password)

    def save(self) -> None:
        """Press "Save changes" and follow to the saved account."""
        self.press("Save changes")
        if not self.scripted and not ACCOUNT.search(self.page.url):
            self.wait_for_the_verdict()
        self.page.wait_for_url(ACCOUNT)

    def add(self) -> None:
        """Add an account that works."""
        self.open()
        self.fill_in()
        self.save()

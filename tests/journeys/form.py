"""The form of an account, as a person uses it."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect

ACCOUNT = re.compile(r"/accounts/\d+$")
HOST = "mail.skrzynka.test"


@dataclass
class FormPage:
    """What a person types and presses, and what they look for."""

    page: Page
    email: str
    password: str
    imap_port: int
    smtp_port: int
    scripted: bool

    def open(self) -> None:
        self.page.goto("/accounts/new")

    def fill_in(self, *, password: str | None = None) -> None:
        """Type everything that a new account needs on servers with unusual ports."""
        self.page.locator("#name").fill("Biuro")
        self.page.locator("#email").fill(self.email)
        self.suggest()
        self.page.locator("#imap-host").fill(HOST)
        self.page.locator("#imap-port").fill(str(self.imap_port))
        self.page.locator("#imap-password").fill(self.password if password is None else password)
        self.page.locator("#smtp-host").fill(HOST)
        self.page.locator("#smtp-port").fill(str(self.smtp_port))

    def suggest(self) -> None:
        """Let the form suggest: by itself with scripts, by its button without."""
        if not self.scripted:
            self.page.get_by_role("button", name="Suggest settings").click()
        expect(self.page.locator("#imap-host")).to_have_value(self.email.partition("@")[2])
        expect(self.page.locator("#imap-port")).to_have_value("993")
        expect(self.page.locator("#smtp-port")).to_have_value("465")

    def press(self, button: str) -> None:
        self.page.locator("#account-buttons").get_by_role("button", name=button).click()

    def wait_for_the_verdict(self) -> None:
        """Wait until the test has ended: scripts ask by themselves, without them there is a link."""
        headline = self.page.locator("#connection-test-headline")
        expect(headline).to_be_visible()
        if self.scripted:
            expect(self.page.locator("#connection-test-cancel")).to_have_count(0)
            return
        for _ in range(200):
            refresh = self.page.get_by_role("link", name="Refresh")
            if ACCOUNT.search(self.page.url) or refresh.count() == 0:
                return
            refresh.click()
        raise AssertionError("the test does not end")

    def retype_password(self, password: str) -> None:
        """Type a password into a field that keeps one."""
        stored = self.page.locator("#imap-password-row summary")
        if stored.count() and not self.page.locator("#imap-password").is_visible():
            stored.click()
        self.page.locator("#imap-password").fill(password)

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

"""Type an address, see the general rule, then what was found and who says so; what was typed stays."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.internet import Internet, config, internet
from tests.journeys.conftest import House, running_house
from tests.journeys.form import FormPage, follow
from tests.servers.ca import Authority

RULE = "infirma.test"


# One house for all of them.
pytestmark = pytest.mark.xdist_group("discovery")


@pytest.fixture(scope="module")
def net(authority: Authority) -> Iterator[Internet]:
    """An internet with a slow provider, and a domain whose mail a hoster takes."""
    with internet(authority, certified=("autoconfig.own.test",)) as there:
        there.delay = 0.5
        there.mx(RULE, "10 mx.infirma.test")
        there.provider(RULE, config(RULE, "imap.infirma.test", "smtp.infirma.test"))
        there.mx("own.test", "10 mx.own.test")
        there.provider("own.test", config("own.test", "own.test", "own.test", username="%EMAILLOCALPART%"))
        there.mx("other.test", "10 mx.hoster.test")
        there.database("hoster.test", config("hoster.test", "imap.hoster.test", "smtp.hoster.test"))
        yield there


@pytest.fixture(scope="module")
def common_house(net: Internet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of their own, in that internet."""
    ports = {"SKRZYNKA_PORTS": "993,465,143,587"}
    with running_house(tmp_path_factory.mktemp("house"), net.environment | ports) as house:
        yield house


@pytest.fixture
def form(page: Page, scripted: bool) -> FormPage:
    return FormPage(page, f"biuro@{RULE}", "secret", 993, 465, scripted)


def wait_for(form: FormPage, name: str, value: str) -> None:
    """Wait until something better has come: scripts ask by themselves, without them there is a button."""
    for _ in range(40):
        if form.scripted or form.at(name).input_value() == value:
            break
        form.page.wait_for_timeout(250)
        follow(form.page, form.page.get_by_role("button", name="See what was found meanwhile"))
    expect(form.at(name)).to_have_value(value)


def test_the_general_rule_is_replaced_by_what_was_found_and_an_override_stays(form):
    form.open()
    form.at("email").fill(form.email)
    form.suggest()
    expect(form.at("discovery-progress")).to_contain_text("Looking for the settings")
    wait_for(form, "imap-host", "imap.infirma.test")
    expect(form.at("imap-host-source")).to_have_text("Suggested by the provider's own configuration (https).")
    expect(form.at("smtp-host")).to_have_value("smtp.infirma.test")
    expect(form.at("discovery-progress")).to_have_count(0)
    form.at("smtp-host").fill("smtp.mine.test")
    form.at("email").fill("anna@other.test")
    if not form.scripted:
        form.page.get_by_role("button", name="Suggest settings").first.click()
    wait_for(form, "imap-host", "imap.hoster.test")
    expect(form.at("imap-username")).to_have_value("anna@other.test")
    expect(form.at("smtp-host")).to_have_value("smtp.mine.test")
    expect(form.at("smtp-host-source")).to_be_empty()


def type_address(form, address: str) -> None:
    """Open a form and type the address, and with no script ask for what it suggests."""
    form.open()
    form.at("name").fill("Biuro")
    form.at("email").fill(address)
    if not form.scripted:
        form.page.get_by_role("button", name="Suggest settings").first.click()


def has_to_agree(form, organisation: str) -> None:
    """The password leaves only after the person has agreed to its going to ``organisation``."""
    form.at("imap-password").fill("secret")
    form.press("Test connection")
    expect(form.at("imap-host-error")).to_contain_text(f"Nobody vouches for this server of {organisation}")
    if not form.scripted:
        form.at("imap-password").fill("secret")
    switch = form.page.get_by_label(f"I know {organisation}")
    switch.check()
    form.press("Test connection")
    expect(form.at("connection-test-title")).to_be_visible()
    expect(switch).to_be_checked()


def test_a_mere_guess_is_asked_about_before_the_password_leaves(form):
    type_address(form, "anna@nowhere.test")
    expect(form.at("imap-host")).to_have_value("nowhere.test")
    expect(form.at("discovery-progress")).to_be_visible()
    has_to_agree(form, "nowhere.test")


# With scripts the page looks again by itself.
@pytest.mark.parametrize("scripted", [False], indirect=True, ids=["without JavaScript"])
def test_a_search_that_ends_while_the_password_is_typed_counts(form):
    type_address(form, "anna@own.test")
    expect(form.at("imap-host")).to_have_value("own.test")
    form.at("imap-password").fill("secret")
    elsewhere = replace(form, page=form.page.context.new_page())
    type_address(elsewhere, "anna@own.test")
    wait_for(elsewhere, "imap-username", "anna")
    form.press("Test connection")
    expect(form.at("connection-test-title")).to_be_visible()
    expect(form.at("imap-host-source")).to_have_text("Suggested by the provider's own configuration (https).")
    expect(form.page.get_by_label("I know own.test")).to_have_count(0)


def test_the_question_comes_and_goes_with_authentication(form):
    type_address(form, "anna@other.test")
    wait_for(form, "smtp-host", "smtp.hoster.test")
    form.at("imap-host").fill("mail.infirma.test")
    switch = form.page.get_by_label("I know hoster.test")
    for on in (False, True):
        form.at("smtp-auth").set_checked(on)
        if not form.scripted:
            form.page.get_by_role("button", name="Suggest settings").first.click()
        expect(switch).to_have_count(int(on))
        assert not form.scripted or form.at("smtp-auth").evaluate("it => it === document.activeElement")


def test_a_typed_server_is_a_choice(form):
    type_address(form, "anna@nowhere.test")
    expect(form.at("imap-host")).to_have_value("nowhere.test")
    for side in ("imap", "smtp"):
        form.at(f"{side}-host").fill("mail.infirma.test")
    form.at("imap-password").fill("secret")
    form.press("Test connection")
    expect(form.at("connection-test-title")).to_be_visible()


def test_a_hoster_that_only_dns_names_is_asked_about_before_the_password_leaves(form):
    type_address(form, "anna@other.test")
    wait_for(form, "imap-host", "imap.hoster.test")
    has_to_agree(form, "hoster.test")

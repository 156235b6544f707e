"""What the site's server has said about the account: a pinned address, a proposed name."""

import pytest

from app.form_layouts import BUILT_IN, Section, move_into
from tests import cast
from tests.web.embed.conftest import SENT, Guest

PINNED = "biuro@wp.pl"
OTHER = "obcy@gmail.com"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def guest(come) -> Guest:
    return come(email=PINNED, name="Biuro <Główne>")


def test_the_form_opens_with_the_address_the_name_and_their_suggestions(guest):
    page = guest.open()
    assert page.value("email") == PINNED
    assert "readonly" in page.field("email").attrib
    assert page.value("name") == "Biuro <Główne>"
    assert "readonly" not in page.field("name").attrib
    assert (page.value("imap-host"), page.value("smtp-host")) == ("imap.wp.pl", "smtp.wp.pl")
    assert page.value("imap-username")
    assert page.said("imap-host-source")
    assert guest.get("/identity").text.count(PINNED) == 1


def test_an_address_that_is_not_pinned_is_the_persons_own(come):
    page = come(name="Biuro").open()
    assert (page.value("email"), page.value("name")) == ("", "Biuro")
    assert "readonly" not in page.field("email").attrib


def test_the_name_is_only_a_proposal(guest):
    guest.send("", SENT | {"name": "Moja nazwa"})
    guest.work()
    assert [(it.name, it.email) for it in guest.accounts] == [("Moja nazwa", PINNED)]


@pytest.mark.parametrize("posted", [OTHER, "", "nie adres", "x" * 9000, "a\0b"])
def test_another_address_that_is_posted_has_no_effect(guest, posted):
    page = guest.visitor.post(f"{guest.url}/accounts/additional", SENT | {"email": posted})
    assert (page.status, page.value("email")) == (200, PINNED)
    page = guest.visitor.post(f"{guest.url}/accounts/suggestions", SENT | {"email": posted})
    assert (page.status, page.value("email")) == (200, PINNED)
    guest.send("", SENT | {"email": posted})
    assert guest.tests[-1].details["email"] == PINNED
    guest.send("/connection-tests/", SENT | {"email": posted, "smtp-host": "smtp.wp.pl"})
    assert guest.tests[-1].details["email"] == PINNED


def test_suggestions_are_those_of_the_pinned_address(guest):
    blank = {"email": OTHER, "suggested": ""}
    page = guest.visitor.post(f"{guest.url}/accounts/suggestions", blank)
    assert page.value("imap-host") == "imap.wp.pl"
    piece = guest.send("/accounts/suggestions", blank, **HTMX)
    assert 'value="imap.wp.pl"' in piece.text
    assert "gmail" not in piece.text


def test_a_fix_tests_the_pinned_address_again(guest):
    guest.press("Test connection")
    page = guest.open(f"/connection-tests/{guest.work('failed').id}")
    guest.visitor.submit(page, button="Use the user name biuro and test again", email=OTHER)
    assert len(guest.tests) == 2
    assert (guest.tests[-1].details["email"], guest.tests[-1].details["imap-username"]) == (PINNED, "biuro")


def test_what_was_saved_is_the_pinned_address(guest):
    guest.send("", SENT | {"email": OTHER})
    guest.work()
    assert [account.email for account in guest.accounts] == [PINNED]


def test_a_pinned_address_that_is_taken_is_said_at_its_field(guest, session, vault):
    taken = cast.account(session, vault)
    taken.email = taken.email_key = PINNED
    session.commit()
    page = guest.press("Save changes", email=OTHER)
    assert page.status == 422
    assert "Another account has this address" in page.said("email-error")
    assert guest.link.used_at is None


def test_in_a_layout_that_shows_it_elsewhere_it_is_pinned_as_well(come, session):
    layout = cast.form_layout(session, move_into(BUILT_IN, "email", Section.ADVANCED))
    layout.for_clients = True
    session.commit()
    guest = come(cast.embed_client(session, layout_id=layout.id)[0], email=PINNED)
    assert "readonly" in guest.open().field("email").attrib
    guest.send("", SENT | {"email": OTHER})
    assert guest.tests[-1].details["email"] == PINNED

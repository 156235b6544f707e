"""How many tests a link may start, whichever button starts them."""

import pytest

from app import embed
from app.models import Problem
from tests.web.embed.conftest import SENT, TYPED, Guest
from tests.web.page import Page


@pytest.fixture(autouse=True)
def _no_other_limit(app):
    """A link has the limits of a person as well; here they would come first."""
    app.config["TESTS_PER_PERSON"] = app.config["TESTS_PER_HOST"] = "1000 per minute"


def fixed(guest: Guest) -> Page:
    """Press what the verdict of the latest test proposes."""
    guest.work("failed")
    page = guest.open(f"/connection-tests/{guest.tests[-1].id}")
    return guest.visitor.submit(page, button="Use the user name biuro and test again")


def test_one_cap_is_shared_by_all_that_starts_tests(guest, monkeypatch, enqueued):
    monkeypatch.setattr(embed.count_probe, "__kwdefaults__", {"most": 4})
    guest.press("Test connection")
    fixed(guest)
    guest.press("Save changes", smtp_host="smtp2.infirma.pl")
    guest.press("Test connection", smtp_host="smtp3.infirma.pl")
    assert (guest.link.probes, len(enqueued)) == (4, 4)
    refused = [
        guest.press("Test connection", smtp_host="smtp4.infirma.pl"),
        guest.press("Save changes", smtp_host="smtp5.infirma.pl"),
    ]
    for page in refused:
        assert "tested as often as one form may be" in page.said("connection-test-headline")
        assert page.value("smtp-host") in ("smtp4.infirma.pl", "smtp5.infirma.pl")
    assert guest.tests[-1].problem is Problem.LINK_SPENT
    assert (guest.link.probes, len(enqueued)) == (4, 4)


def test_a_fix_counts_and_is_refused_like_any_other(guest, session, enqueued):
    guest.press("Test connection")
    guest.link.probes = embed.MOST_PROBES
    session.commit()
    page = fixed(guest)
    assert "tested as often as one form may be" in page.said("connection-test-headline")
    assert len(enqueued) == 1


def test_a_link_may_start_twenty_tests(guest, enqueued):
    for number in range(22):
        guest.press("Test connection", smtp_host=f"smtp{number}.infirma.pl")
    assert (guest.link.probes, len(enqueued)) == (20, 20)


def test_a_link_that_is_spent_still_saves_what_was_proven(guest, session, enqueued):
    guest.press("Test connection")
    test = guest.work()
    guest.link.probes = embed.MOST_PROBES
    session.commit()
    guest.send("", SENT | {"connection-test": test.id, "imap-password": ""})
    assert guest.link.account_id == guest.accounts[0].id
    assert len(enqueued) == 1


def test_the_same_form_sent_twice_counts_once(guest, enqueued):
    form = guest.open()
    for _ in range(3):
        guest.visitor.submit(form, button="Test connection", **TYPED)
    assert (guest.link.probes, len(set(enqueued)), len(guest.tests)) == (1, 1, 1)


@pytest.mark.parametrize("wrong", [{"email": "nie adres"}, {"imap-host": ""}, {"imap-password": ""}])
def test_what_starts_no_test_counts_for_nothing(guest, wrong):
    for path in ("", "/connection-tests/", "/accounts/suggestions", "/accounts/additional"):
        guest.send(path, SENT | wrong)
    assert (guest.link.probes, guest.tests) == (0, [])


def test_two_links_have_a_cap_each(come, enqueued):
    first, second = come(), come()
    first.press("Test connection")
    assert (first.link.probes, second.link.probes) == (1, 0)


def test_the_limit_of_a_person_counts_for_each_link(app, come, enqueued):
    app.config["TESTS_PER_PERSON"] = "2 per minute"
    first, second = come(), come()
    for guest in (first, second):
        for number in range(3):
            page = guest.press("Test connection", smtp_host=f"smtp{number}.infirma.pl")
        assert "Test again in" in page.said("connection-test-headline")
        assert "Kept as you typed it" in page.said("imap-password-row")
    assert len(enqueued) == 4


def test_the_limit_of_a_host_counts_over_links_and_people(app, come, client, enqueued):
    app.config["TESTS_PER_HOST"] = "3 per minute"
    for _ in range(2):
        come().press("Test connection")
    client.submit(client.visit("/accounts/new"), button="Test connection", **TYPED)
    come().press("Test connection")
    assert len(enqueued) == 3

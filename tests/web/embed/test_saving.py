"""A link is good for one account; afterwards the way leads back to the site that it came from."""

import json
import re
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from app.clock import now
from app.models import Account, Problem
from app.web.leading_back import returning
from tests import cast
from tests.web.embed.conftest import BACK, SENT, TYPED, Guest

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def _without(fields: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in fields.items() if key != name}


def saved(guest: Guest, **typed: object) -> Account:
    """Save the form of ``guest`` through a test that passes; return the account."""
    guest.press("Save changes", **typed)
    guest.work()
    return guest.accounts[-1]


def test_a_save_is_tested_first_and_then_uses_the_link_up(guest, enqueued):
    guest.press("Save changes")
    assert guest.accounts == []
    assert guest.link.used_at is None
    test = guest.work()
    assert enqueued == [(test.id,)]
    (account,) = guest.accounts
    assert (account.email, account.active, account.imap_outcome) == ("biuro@infirma.pl", True, "ok")
    assert guest.link.account_id == account.id
    assert guest.link.used_at is not None


def test_the_test_leads_back_afterwards_and_the_form_is_over(come):
    guest = come(return_address=BACK, state="bilet 7 & ślad=#1")
    account = saved(guest)
    shown = f"/connection-tests/{guest.tests[0].id}"
    answer = guest.get(shown)
    assert answer.status_code == 303
    way = urlsplit(answer.headers["Location"])
    assert answer.headers["Location"].startswith(BACK + "&")
    assert parse_qsl(way.query)[1:] == [("account", str(account.id)), ("state", "bilet 7 & ślad=#1")]
    assert re.fullmatch(r"[!-~]+", answer.headers["Location"])
    for path in ("", "/buttons", "/accounts/suggestions"):
        assert guest.get(path).status_code == 410
    # Pressing the button once more neither saves nor tests anything.
    assert guest.send().status_code == 410
    assert guest.send("/connection-tests/").status_code == 410
    assert guest.send(f"{shown}/fix", {"fix": "imap-0"}).status_code == 410
    assert guest.accounts == [account]


def test_htmx_leads_the_page_itself_back(come):
    guest = come(return_address=BACK)
    account = saved(guest)
    answer = guest.get(f"/connection-tests/{guest.tests[0].id}", **HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, f"{BACK}&account={account.id}")


@pytest.mark.parametrize(
    ("address", "state", "expected"),
    [
        ("https://a.pl", None, "https://a.pl?account=7"),
        ("https://a.pl/", None, "https://a.pl/?account=7"),
        ("https://a.pl/x?", "s", "https://a.pl/x?account=7&state=s"),
        ("https://a.pl/x?q=%C5%82", "a b", "https://a.pl/x?q=%C5%82&account=7&state=a+b"),
        ("https://a.pl/x?account=1", "ą&=?#/", "https://a.pl/x?account=1&account=7&state=%C4%85%26%3D%3F%23%2F"),
        ("https://a.pl:8443/x", "", "https://a.pl:8443/x?account=7&state="),
    ],
)
def test_account_and_state_come_behind_whatever_query_there_is(address, state, expected):
    assert returning(address, 7, state) == expected
    if state is not None:
        assert parse_qs(urlsplit(expected).query, keep_blank_values=True)["state"] == [state]


def test_without_a_return_address_the_page_tells_its_parent(come):
    guest = come(state='<b>"stan"</b> ż')
    account = saved(guest)
    page = guest.open(f"/connection-tests/{guest.tests[0].id}")
    assert (page.status, page.title) == (200, "The account is saved")
    (told,) = [it for it in page.all() if "data-embed-saved" in it.attrib]
    assert json.loads(told.attrib["data-embed-saved"]) == {"account": account.id, "state": '<b>"stan"</b> ż'}
    assert "biuro@infirma.pl is saved" in page.text
    assert page.all("form") == page.all("a") == []


def test_htmx_gets_the_same_and_an_event_of_ascii(come):
    guest = come(state="żółty 🐢")
    account = saved(guest)
    answer = guest.get(f"/connection-tests/{guest.tests[0].id}", **HTMX)
    assert answer.status_code == 200
    assert answer.headers["HX-Retarget"] == "#account-form"
    assert answer.headers["HX-Trigger"].isascii()
    said = {"skrzynka:saved": {"account": account.id, "state": "żółty 🐢"}}
    assert json.loads(answer.headers["HX-Trigger"]) == said
    assert 'id="account-form"' in answer.text


def test_what_was_tested_a_moment_ago_is_saved_at_once(come, enqueued):
    guest = come(return_address=BACK)
    guest.press("Test connection")
    guest.work()
    page = guest.open(f"/connection-tests/{guest.tests[0].id}")
    assert "Nothing is saved yet" in page.said("connection-test-headline")
    held = {"connection-test": guest.tests[0].id, "imap-password": ""}
    answer = guest.send("", SENT | held)
    (account,) = guest.accounts
    assert answer.headers["Location"] == f"{BACK}&account={account.id}"
    assert len(enqueued) == 1
    assert guest.link.account_id == account.id
    assert all(test.imap_password is None for test in guest.tests)


def test_a_save_that_fails_releases_the_link(guest):
    guest.press("Save changes")
    guest.work("failed")
    assert guest.link.used_at is None
    page = guest.open(f"/connection-tests/{guest.tests[0].id}")
    assert "Neither server accepted" in page.said("connection-test-headline")
    assert "Kept as you typed it" in page.said("imap-password-row")
    guest.visitor.submit(page, button="Save changes", smtp_host="smtp2.infirma.pl")
    guest.work()
    assert guest.link.account_id == guest.accounts[0].id
    assert guest.accounts[0].smtp_host == "smtp2.infirma.pl"


def test_an_address_that_is_taken_is_said_at_its_field_and_counts_like_a_test(guest, session, vault, enqueued):
    taken = cast.account(session, vault).email
    page = guest.press("Save changes", email=taken)
    assert page.status == 422
    assert "Another account has this address" in page.said("email-error")
    assert (page.value("email"), page.value("imap-host")) == (taken, "imap.infirma.pl")
    # Else a link could ask which addresses there are, one after the other.
    assert (guest.link.used_at, guest.link.probes, enqueued) == (None, 1, [])


def test_an_address_taken_during_the_test_gives_the_link_back(guest, session, vault):
    guest.press("Save changes")
    cast.account(session, vault)
    guest.accounts[0].email = guest.accounts[0].email_key = "biuro@infirma.pl"
    session.commit()
    test = guest.work()
    assert test.problem is Problem.ADDRESS_TAKEN
    assert guest.link.used_at is None
    page = guest.open(f"/connection-tests/{test.id}")
    assert "Nothing was saved." in page.said("connection-test-headline")
    # What is typed is kept, and another address will do.
    guest.visitor.submit(page, button="Save changes", email="biuro-2@infirma.pl")
    guest.work()
    assert guest.accounts[-1].email == "biuro-2@infirma.pl"
    assert guest.link.account_id == guest.accounts[-1].id


def test_a_worker_that_comes_after_the_link_was_used_says_so(guest, session):
    guest.press("Save changes")
    guest.link.used_at = now()
    session.commit()
    test = guest.work()
    assert test.problem is Problem.LINK_USED
    assert guest.accounts == []
    assert "saved its account before" in guest.open(f"/connection-tests/{test.id}").said("connection-test-headline")


def test_of_two_windows_with_one_link_the_second_is_told(app, guest):
    held = guest.open()
    saved(guest)
    page = guest.visitor.submit(held, button="Save changes", **(TYPED | {"email": "inny@infirma.pl"}))
    assert (page.status, page.title) == (410, "This form has been used")
    assert len(guest.accounts) == 1


def test_a_test_that_was_begun_in_time_saves_after_the_links_end(guest, session):
    guest.press("Save changes")
    guest.link.expires_at = now() - timedelta(seconds=1)
    session.commit()
    assert guest.work().problem is None
    assert guest.link.account_id == guest.accounts[0].id
    assert guest.open(f"/connection-tests/{guest.tests[0].id}").title == "The account is saved"


def test_an_account_deleted_afterwards_leaves_the_link_used(guest, admin_client):
    account = saved(guest)
    removal = admin_client.visit(f"/accounts/{account.id}/remove")
    admin_client.submit(removal)
    assert guest.accounts == []
    assert guest.link.used_at is not None
    assert guest.open().title == "This form has been used"


class TestAccountsThatDoNotStartActive:
    @pytest.fixture
    def guest(self, come, session) -> Guest:
        return come(cast.embed_client(session, starts_active=False)[0])

    def test_both_servers_are_tested_all_the_same(self, guest, enqueued):
        additional = guest.visitor.post(f"{guest.url}/accounts/additional", SENT)
        assert additional.all(id="fast-mode") != []
        assert additional.all(id="active") == []
        account = saved(guest)
        assert len(enqueued) == 1
        assert (account.active, account.imap_outcome, account.smtp_outcome) == (False, "ok", "ok")

    @pytest.mark.parametrize("posted", [{}, {"active": "y"}, {"active": ""}, {"additional": "shown", "active": "off"}])
    def test_nobody_chooses_otherwise(self, guest, posted, enqueued):
        guest.send("", _without(SENT, "active") | posted)
        assert len(enqueued) == 1
        guest.work()
        assert [account.active for account in guest.accounts] == [False]

    def test_what_was_tested_a_moment_ago_is_not_active_either(self, guest, enqueued):
        guest.press("Test connection")
        guest.work()
        guest.send("", SENT | {"connection-test": guest.tests[0].id, "imap-password": ""})
        assert [account.active for account in guest.accounts] == [False]
        assert len(enqueued) == 1


def test_whoever_switches_the_account_off_saves_it_untested(guest, enqueued):
    page = guest.visitor.post(guest.url, {**_without(SENT, "active"), "additional": "shown"})
    assert page.title == "The account is saved"
    assert enqueued == []
    assert [account.active for account in guest.accounts] == [False]
    assert guest.link.used_at is not None

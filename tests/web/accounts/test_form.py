"""The form: forgiving, exact, and deaf to what it does not show."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Account, ConnectionTest
from tests.web.accounts.conftest import CANARY
from tests.web.page import Page, Visitor

TYPED = {
    "name": "Biuro",
    "email": "biuro@infirma.pl",
    "imap_host": "infirma.pl",
    "imap_port": "993",
    "imap_username": "biuro@infirma.pl",
    "imap_password": CANARY,
    "smtp_host": "infirma.pl",
    "smtp_port": "465",
}


def save(client: Visitor, **typed: object) -> Page:
    return client.submit(client.visit("/accounts/new"), button="Save changes", **(TYPED | typed))


def typed_for_the_test(session: Session) -> dict[str, object]:
    session.rollback()
    return session.scalars(select(ConnectionTest)).one().details


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("  imap.x.pl  ", "imap.x.pl"),
        ("IMAP.X.PL.", "imap.x.pl"),
        ("imaps://imap.x.pl", "imap.x.pl"),
        ("imap.x.pl:993", "imap.x.pl"),
        ("ssl://imap.x.pl/", "imap.x.pl"),
        ("poczta.żółw.pl", "poczta.xn--w-uga1v8h.pl"),
        ("\uff49\uff4d\uff41\uff50.x.pl", "imap.x.pl"),
        ("192.0.2.10", "192.0.2.10"),
        ("[2001:db8::1]", "2001:db8::1"),
    ],
)
def test_a_server_is_understood_however_it_was_pasted(client, session, typed, host):
    save(client, imap_host=typed)
    assert typed_for_the_test(session)["imap-host"] == host


@pytest.mark.parametrize(
    "typed", ["127.1", "0x7f.1", "2130706433", "a b.pl", "-x.pl", "x_y!.pl", "http://x.pl/mail", "@"]
)
def test_a_server_that_makes_no_sense_is_refused_at_its_field(client, enqueued, typed):
    page = save(client, imap_host=typed)
    assert page.status == 422
    assert page.said("imap-host-error")
    assert page.value("imap-host") == typed
    assert enqueued == []


def test_a_port_behind_the_name_moves_into_its_field(client, session):
    save(client, imap_host="imap.x.pl:143", imap_port="", imap_security="starttls")
    assert typed_for_the_test(session)["imap-port"] == 143


def test_two_ports_that_contradict_each_other_are_refused(client):
    page = save(client, imap_host="imap.x.pl:143", imap_port="1993")
    assert "143" in page.said("imap-host-error")
    assert "1993" in page.said("imap-host-error")


def test_full_width_digits_are_a_port(client, session):
    save(client, smtp_port="\uff14\uff16\uff15")
    assert typed_for_the_test(session)["smtp-port"] == 465


@pytest.mark.parametrize("typed", ["0", "65536", "-1", "9 93", "abc", "1e3", "9" * 400])
def test_a_port_that_is_none_is_refused(client, typed):
    assert "from 1 to 65535" in save(client, smtp_port=typed).said("smtp-port-error")


@pytest.mark.parametrize("typed", ["biuro", "biuro@", "@infirma.pl", "biuro@localhost", "a b@infirma.pl", "a@b@c.pl"])
def test_an_address_that_is_none_is_refused(client, typed):
    assert save(client, email=typed).said("email-error")


def test_a_password_is_never_trimmed_and_the_spaces_are_pointed_out(client, session, config):
    page = save(client, imap_password=" with spaces ")
    test = session.scalars(select(ConnectionTest)).one()
    context = f"connection_tests/{test.id}/imap_password"
    assert config.vault.unseal(test.imap_password, context=context) == " with spaces "
    assert "begins or ends with a space" in page.text


def test_a_password_with_a_line_break_is_refused(client):
    assert save(client, imap_password="a\r\nb").said("imap-password-error")


def test_every_missing_field_is_named_in_the_summary_and_at_itself(client):
    page = client.submit(client.visit("/accounts/new"), button="Save changes", imap_port="", smtp_port="")
    assert page.status == 422
    links = {link.attrib["href"] for link in page.one(id="error-summary").iter("a")}
    needed = {"name", "email", "imap-host", "imap-port", "imap-username", "imap-password", "smtp-host", "smtp-port"}
    assert links == {f"#{name}" for name in needed}
    assert all(page.said(f"{name}-error") for name in needed)


FILLED_IN = ("imap-host", "imap-port", "imap-username", "smtp-host", "smtp-port")
SAID = "What was missing has been filled in from the address. Check it, then save."


def save_address(client, *, htmx: bool = False, **typed: object) -> Page:
    """Save a new form in which nothing was suggested yet."""
    return client.submit(client.visit("/accounts/new"), button="Save changes", htmx=htmx, **typed)


@pytest.mark.parametrize("email", ["biuro@infirma.pl", "biuro@gmail.com"])
@pytest.mark.parametrize("htmx", [False, True])
def test_whoever_saves_before_anything_was_suggested_gets_it_filled_in(client, session, htmx, email):
    page = save_address(client, htmx=htmx, name="Biuro", email=email, imap_password=CANARY)
    assert page.status == 422
    assert SAID in page.text
    assert all(page.value(name) for name in FILLED_IN)
    assert "Type the name of the server" not in page.text
    assert "autofocus" in page.one(id="imap-host").attrib
    assert session.query(ConnectionTest).count() == 0, "nobody has seen yet where the password would go"


def test_what_was_typed_is_kept_and_judged_where_the_rest_is_filled_in(client):
    page = save_address(client, email="biuro@infirma.pl", imap_port="abc", imap_username="anna")
    assert SAID in page.text
    assert (page.value("imap-port"), page.value("imap-username")) == ("abc", "anna")
    assert page.said("imap-port-error")
    assert page.said("name-error")
    assert SAID not in save_address(client, email="biuro@infirma.pl", smtp_host="smtp.infirma.pl").text


@pytest.mark.parametrize("email", ["", "biuro", "anna@tuta.com"])
def test_where_nothing_is_suggested_what_is_missing_is_asked_for(client, email):
    page = save_address(client, email=email, imap_password="x")
    assert SAID not in page.text
    assert page.said("imap-host-error")


def test_own_credentials_are_asked_only_where_they_apply(client, session):
    page = save(client, smtp_same_credentials=False)
    assert page.said("smtp-username-error")
    assert page.said("smtp-password-error")
    save(client, smtp_same_credentials=True, smtp_username="ignored", smtp_password="ignored")
    assert typed_for_the_test(session)["smtp-username"] == ""


def test_what_is_not_shown_cannot_be_posted(client, session):
    page = client.visit("/accounts/new")
    assert not page.all(id="active")
    form = {element.attrib["name"]: element.attrib.get("value", "") for element in page.form().iter("input")}
    form |= {name.replace("_", "-"): value for name, value in TYPED.items()}
    client.post("/accounts/new", {name: value for name, value in form.items() if name} | {"active": ""})
    assert typed_for_the_test(session)["active"] is True


def test_no_page_carries_a_password_back(client, account):
    assert CANARY not in client.visit(f"/accounts/{account.id}").source
    assert CANARY not in save(client, name="").source
    assert CANARY not in client.visit(f"/accounts/{account.id}", htmx=True).source


def test_a_name_is_changed_without_the_password_and_without_a_test(client, session, account, enqueued):
    page = client.submit(client.visit(f"/accounts/{account.id}"), button="Save changes", name="Office")
    assert page.title == "Office"
    assert enqueued == []
    session.refresh(account)
    assert account.imap_outcome == "ok"


def test_a_new_server_asks_for_the_password_again(client, account, enqueued):
    page = client.submit(client.visit(f"/accounts/{account.id}"), button="Save changes", imap_host="evil.example")
    assert "Type the password again" in page.said("imap-password-error")
    assert enqueued == []


def test_the_second_of_two_editors_is_told_and_loses_nothing(client, session, account):
    first, second = client.visit(f"/accounts/{account.id}"), client.visit(f"/accounts/{account.id}")
    client.submit(first, button="Save changes", name="First")
    page = client.submit(second, button="Save changes", name="Second")
    assert page.status == 422
    assert "This account has been changed since you opened it here" in page.text
    assert page.value("name") == "Second"
    session.refresh(account)
    assert account.name == "First"
    conflict = page.one("div", id="conflict")
    assert {"autofocus", "tabindex"} <= conflict.attrib.keys()


def test_the_second_of_two_editors_sees_what_differs_and_may_replace_it(client, session, account):
    first, second = client.visit(f"/accounts/{account.id}"), client.visit(f"/accounts/{account.id}")
    client.submit(first, button="Save changes", name="First", colour="#c2562d")
    page = client.submit(second, button="Save changes", name="Second")
    said = page.said("conflict")
    assert "Account: Name First" in said
    assert "Account: Colour Brick red" in said
    assert "Server" not in said
    client.submit(page, button="Replace theirs with mine")
    session.refresh(account)
    assert (account.name, account.colour) == ("Second", page.value("colour"))


def test_what_replaces_a_newer_account_asks_for_the_password_where_it_would_go_elsewhere(client, session, account):
    first, second = client.visit(f"/accounts/{account.id}"), client.visit(f"/accounts/{account.id}")
    client.submit(first, button="Save changes", name="First")
    page = client.submit(second, button="Save changes", imap_host="evil.example", imap_password="a new one")
    assert "a new one" not in page.source
    page = client.submit(page, button="Replace theirs with mine")
    assert "Type the password again" in page.said("imap-password-error")
    session.refresh(account)
    assert account.imap_host != "evil.example"


def test_a_third_editor_is_not_replaced_unseen(client, session, account):
    mine = client.visit(f"/accounts/{account.id}")
    client.submit(client.visit(f"/accounts/{account.id}"), button="Save changes", name="First")
    mine = client.submit(mine, button="Save changes", name="Mine")
    client.submit(client.visit(f"/accounts/{account.id}"), button="Save changes", name="Third")
    page = client.submit(mine, button="Replace theirs with mine")
    assert "Account: Name Third" in page.said("conflict")
    session.refresh(account)
    assert account.name == "Third"


def test_whoever_edits_what_was_deleted_is_told_where_they_look_and_may_add_it(client, session, account):
    page = client.visit(f"/accounts/{account.id}")
    client.submit(client.visit(f"/accounts/{account.id}/remove"), button="Delete account")
    page = client.submit(page, button="Save changes", name="Mine")
    assert page.status == 404
    assert "Somebody has deleted this account meanwhile" in page.said("conflict")
    assert "autofocus" in page.one("div", id="conflict").attrib
    assert page.value("name") == "Mine"


def test_an_address_in_use_is_refused_at_its_field(client, account):
    assert "Another account has this address" in save(client, email="BIURO@infirma.pl").said("email-error")


def test_a_double_submit_starts_one_test(client, session):
    page = client.visit("/accounts/new")
    for _ in range(2):
        client.submit(page, button="Save changes", **TYPED)
    assert typed_for_the_test(session)["name"] == "Biuro"


def test_additional_data_comes_without_a_script_and_keeps_what_was_typed(client):
    page = client.submit(client.visit("/accounts/new"), button="Show additional data", name="Biuro", imap_password="x")
    assert page.value("active") is not None
    assert page.value("name") == "Biuro"
    assert "Type the password again" in page.said("imap-password-verdict")
    assert page.field("imap-password").get("aria-invalid") == "true"


def test_switched_off_it_is_saved_without_a_test_and_says_so(client, session, enqueued):
    page = client.submit(client.visit("/accounts/new"), button="Show additional data")
    client.submit(page, button="Save changes", active=False, **TYPED)
    assert enqueued == []
    assert session.scalars(select(Account)).one().tested_at is None
    assert "Not tested" in client.visit("/accounts/").text


def test_suggestions_fill_the_form_without_a_script(client):
    page = client.submit(client.visit("/accounts/new"), button="Suggest settings", email="biuro@infirma.pl")
    assert (page.value("imap-host"), page.value("imap-port"), page.value("smtp-port")) == ("infirma.pl", "993", "465")
    assert "Guessed" in page.said("imap-host-source")


def test_suggestions_bring_htmx_only_what_changes(client):
    page = client.visit("/accounts/new")
    answer = client.submit(
        page, button="Suggest settings", htmx=True, email="biuro@infirma.pl", imap_host="mail.infirma.pl"
    )
    assert answer.value("smtp-host") == "infirma.pl"
    assert not answer.all(id="imap-host")
    assert not answer.all("form")


def test_a_form_shows_unasked_that_its_account_is_switched_off(client, session, account):
    assert not client.visit(f"/accounts/{account.id}").all(id="active")
    account.active = False
    session.commit()
    assert client.visit(f"/accounts/{account.id}").value("active") is None


def test_a_new_password_stays_in_sight_when_another_field_is_wrong(client, account):
    page = client.visit(f"/accounts/{account.id}")
    assert "open" not in page.one("details").attrib
    answer = client.submit(page, button="Save changes", htmx=True, name="", imap_password="new")
    assert "open" in answer.one("details").attrib
    assert answer.headers["HX-Reswap"] == "outerMorph"


def test_a_suggestion_says_where_it_came_from(client):
    page = client.submit(client.visit("/accounts/new"), button="Suggest settings", email="biuro@infirma.pl")
    for side in ("imap", "smtp"):
        assert page.said(f"{side}-username-source") == "Guessed from the address."
        assert page.said(f"{side}-security-source") == "Suggested: the most common setting, with encryption."
    page = client.submit(page, button="Suggest settings", imap_port="143")
    assert page.value("imap-security") == "starttls"
    assert page.said("imap-security-source") == "Suggested: usual for this port."
    assert page.said("imap-port-source") == ""


def test_port_25_and_no_encryption_say_what_they_mean(client):
    page = client.submit(client.visit("/accounts/new"), button="Suggest settings", htmx=True, smtp_port="25")
    assert page.value("smtp-security") == "none"
    assert "STARTTLS if the server offers it" in page.said("smtp-security-hint")
    assert "not recommended" in page.said("smtp-port-hint")


def test_what_was_typed_for_an_account_that_was_deleted_meanwhile_can_be_added_as_a_new_one(client, account, session):
    page = client.visit(f"/accounts/{account.id}")
    session.delete(session.get(Account, account.id))
    session.commit()
    page = client.submit(page, name="Office", imap_password="typed again")
    assert page.status == 404
    assert page.value("name") == "Office"
    assert page.form().attrib["action"] == "/accounts/new"
    assert "adds it as a new one" in page.text

"""The stationery of an account: chosen in its form, and made without leaving it."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.extensions import current_config
from app.form_layouts import BUILT_IN, Visibility
from app.models import Account, Stationery
from tests import cast
from tests.web.page import Page, Visitor

FRAME = "<div data-content></div>"


@pytest.fixture(autouse=True)
def enqueued(monkeypatch) -> list[tuple[object, ...]]:
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr("app.extensions.JobQueue.enqueue", lambda _self, _function, *ids: calls.append(ids))
    return calls


def opened(client: Visitor, **typed: object) -> Page:
    """Return the form of a new account with the additional data in it."""
    return client.submit(client.visit("/accounts/new"), button="Show additional data", **typed)


def offered(page: Page) -> list[str]:
    return ["".join(option.itertext()) for option in page.field("stationery").iter("option")]


def account_of(app, session) -> Account:
    with app.app_context():
        return cast.account(session, current_config().vault)


def test_the_form_offers_what_there_is(client, session):
    assert offered(opened(client)) == ["No stationery"]
    stored = cast.stationery(session)
    assert offered(opened(client)) == ["No stationery", stored.name]
    default = cast.stationery(session, default=True)
    page = opened(client)
    assert offered(page) == [f"The default: {default.name}", stored.name, default.name]
    assert page.one("iframe").attrib["src"] == f"/stationery/{default.id}/sample"


def test_the_choice_is_stored_and_shown_again(client, session, app):
    stored, account = cast.stationery(session), account_of(app, session)
    page = client.submit(client.visit(f"/accounts/{account.id}"), button="Show additional data")
    page = client.submit(page, stationery=stored.id)
    assert "saved" in page.said("notices")
    assert page.value("stationery") == str(stored.id)
    session.expire_all()
    assert account.stationery_id == stored.id
    page = client.submit(page, stationery="")
    session.expire_all()
    assert account.stationery_id is None


def test_the_choice_waits_for_the_test_with_the_rest(client, session, enqueued):
    stored = cast.stationery(session)
    typed = {"name": "Biuro", "email": "biuro@infirma.pl", "imap_host": "a.pl", "imap_port": "993", "smtp_host": "a.pl"}
    page = client.submit(
        opened(client), **typed, smtp_port="465", imap_username="x", imap_password="y", stationery=stored.id
    )
    assert len(enqueued) == 1
    assert page.value("stationery") == str(stored.id)


@pytest.mark.parametrize("chosen", ["999", "x", "9" * 30, "-1", "a\0b"])
def test_what_is_not_there_is_an_error_at_the_field(client, session, app, chosen):
    account = account_of(app, session)
    page = client.submit(client.visit(f"/accounts/{account.id}"), button="Show additional data")
    page = client.submit(page, stationery=chosen, name="Nowa nazwa")
    assert page.status == 422
    assert "not there any more" in page.said("stationery-error")
    assert page.value("name") == "Nowa nazwa"


def test_the_picture_follows_the_choice(client, session):
    stored = cast.stationery(session)
    page = client.submit(opened(client), button="Show this stationery", stationery=stored.id, name="Biuro")
    assert page.one("iframe").attrib["src"] == f"/stationery/{stored.id}/sample"
    assert page.value("name") == "Biuro"
    page = client.submit(opened(client), button="Show this stationery", stationery=stored.id, htmx=True)
    assert not page.is_document
    assert page.one("iframe").attrib["src"] == f"/stationery/{stored.id}/sample"


def test_a_new_one_is_made_in_the_middle_of_a_form_and_nothing_typed_is_lost(client, session):
    typed = {"name": "Biuro & <b>", "email": "b@żółw.pl", "imap_host": "imap.infirma.pl", "smtp_username": "x"}
    page = opened(client, **typed, imap_password="hasło")
    page = client.submit(page, button="New stationery", active=False, imap_password="hasło")
    assert page.title == "New stationery"
    assert "hasło" not in page.source
    page = client.submit(page, button="Update the preview", design_name="Z formularza")
    assert page.value("design-name") == "Z formularza"
    page = client.submit(page, design_html="no place")
    assert page.status == 422
    page = client.submit(page, design_html=FRAME)
    (stored,) = session.scalars(select(Stationery))
    assert page.title == "New account"
    assert page.value("stationery") == str(stored.id)
    assert {name: page.value(name.replace("_", "-")) for name in typed} == typed
    assert page.value("active") is None
    assert "Type the password again" in page.said("imap-password-verdict")
    assert "Save the account" in page.said("notices")
    assert page.form().attrib["action"] == "/accounts/new"


def test_whoever_goes_back_finds_the_form_as_it_was(client, session, app):
    stored, account = cast.stationery(session), account_of(app, session)
    page = client.submit(client.visit(f"/accounts/{account.id}"), button="Show additional data")
    page = client.submit(page, button="New stationery", name="Nowa nazwa", stationery=stored.id)
    page = client.submit(page, button="Back to the account", design_name="never saved")
    assert page.form().attrib["action"] == f"/accounts/{account.id}"
    assert page.value("name") == "Nowa nazwa"
    assert page.value("stationery") == str(stored.id)
    assert "saved" in client.submit(page).said("notices")


def test_the_account_may_be_deleted_while_its_stationery_is_made(client, session, app):
    account = account_of(app, session)
    page = client.submit(client.visit(f"/accounts/{account.id}"), button="Show additional data")
    page = client.submit(page, button="New stationery", name="Nowa nazwa")
    session.delete(account)
    session.commit()
    page = client.submit(page, design_name="Moja")
    assert page.form().attrib["action"] == "/accounts/new"
    assert page.value("name") == "Nowa nazwa"


def test_htmx_gets_an_editor_over_the_form_and_then_only_what_changes(client, session):
    page = client.submit(opened(client), button="New stationery", htmx=True)
    assert [element.tag for element in page.root] == ["dialog"]
    action = "/accounts/stationery/add"
    wrong = client.submit(page, page.form(action), htmx=True)
    assert wrong.status == 422
    assert not wrong.all("dialog")
    done = client.submit(
        page, page.form(action), htmx=True, design_name="Moja", design_html=f"{FRAME}<script>x</script>"
    )
    assert "<script>" in done.said("notices")
    assert done.headers["HX-Retarget"] == "#stationery-choice"
    assert "Moja" in offered(done)
    (stored,) = session.scalars(select(Stationery))
    assert done.value("stationery") == str(stored.id)
    assert not done.all("form")


@pytest.mark.parametrize(
    "packed", ["%", "a=b&" * 5000, "account=999&name=x", "\0", "account=x&version=y", "stationery=1"]
)
def test_a_form_that_came_back_damaged_is_no_crash(client, packed):
    token = client.visit("/accounts/new").all(name="csrf_token")[0].attrib["value"]
    page = client.post("/accounts/stationery/back", {"csrf_token": token, "inside": packed})
    assert page.status == 200
    assert page.title


def test_where_it_is_only_shown_nothing_leads_to_a_new_one(client, session):
    place = replace(BUILT_IN.by_name["stationery"], read_only=True, visibility=Visibility.SHOWN)
    cast.form_layout(session, BUILT_IN.with_place(place))
    default = cast.stationery(session, default=True)
    page = client.visit("/accounts/new")
    assert page.one("iframe").attrib["src"] == f"/stationery/{default.id}/sample"
    assert "New stationery" not in page.text

"""The panel of a connection test: what is shown while it runs, afterwards, and to whom."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.config import Config
from app.extensions import JobQueue, QueueUnavailable
from app.mail.outcomes import Outcome
from app.models import TestState
from tests import cast
from tests.cast import ADMIN
from tests.web.connection_tests.conftest import CANARY, TYPED, finish, stored
from tests.web.page import Page, Visitor


def test_a_test_is_enqueued_by_its_id_alone(start, session, enqueued):
    page = start()
    assert enqueued == [(stored(session).id,)]
    assert page.url.endswith(stored(session).id)
    assert "Testing both connections" in page.said("connection-test-headline")


def test_while_it_runs_the_panel_asks_again_and_can_be_cancelled_without_a_script(start, client, session):
    page = start()
    assert page.all("a", href=page.url)
    assert page.all(id="connection-test-cancel")
    panel = client.visit(page.url, htmx=True)
    assert [element for element in panel.all("span") if element.get("hx-trigger", "").startswith("load delay:")]


def test_the_form_around_the_panel_holds_all_that_was_typed_but_no_password(start, session):
    page = start()
    assert page.value("imap-host") == "infirma.pl"
    assert "Kept as you typed it" in page.said("imap-password-row")
    assert CANARY not in page.source
    assert CANARY not in str(vars(stored(session)))


def test_a_failure_stands_in_the_panel_and_beside_its_field(start, client, session):
    url = start().url
    finish(session, imap=Outcome.AUTH_FAILED)
    page = client.visit(url)
    assert "The incoming server did not accept the settings" in page.said("connection-test-headline")
    assert "refused the user name or the password" in page.said("imap-password-verdict")
    assert "<b>imap says</b>" in page.said("connection-test-imap")


def test_a_refused_password_looks_as_any_other_error_and_is_not_to_be_kept(start, client, session):
    page = start()
    assert "Leave it empty" in page.said("imap-password-keep")
    finish(session, imap=Outcome.AUTH_FAILED)
    whole, panel = client.visit(page.url), client.visit(page.url, htmx=True)
    assert whole.field("imap-password").get("aria-invalid") == "true"
    assert whole.field("smtp-host").get("aria-invalid") is None
    for answer in (whole, panel):
        verdict = answer.one(id="imap-password-verdict")
        assert verdict.get("class") == "field-error"
        assert verdict.find(".//{*}svg") is not None
        assert answer.said("imap-password-keep") == "Type it again:"


def test_a_space_that_is_only_pointed_out_is_no_error(start, client, session):
    url = start(imap_password="secret ").url
    finish(session)
    page = client.visit(url)
    assert "begins or ends with a space" in page.said("imap-password-verdict")
    assert page.one(id="imap-password-verdict").get("class") != "field-error"
    assert page.field("imap-password").get("aria-invalid") is None
    assert "Leave it empty" in page.said("imap-password-keep")


def test_the_panel_for_htmx_brings_what_stands_beside_the_fields_and_stops_asking(start, client, session):
    url = start().url
    finish(session, smtp=Outcome.CONNECT_REFUSED)
    panel = client.visit(url, htmx=True)
    assert "does not accept connections" in panel.said("smtp-port-verdict")
    assert panel.said("imap-port-verdict") == ""
    assert not [element for element in panel.all() if "hx-get" in element.attrib]


def test_htmx_gets_the_form_around_a_test_that_begins_without_what_was_wrong_before(client, session, enqueued):
    page = client.submit(client.visit("/accounts/new"), button="Test connection", imap_host="")
    assert page.all(id="error-summary")
    form = client.submit(page, button="Test connection", htmx=True, **TYPED)
    assert not form.all(id="error-summary")
    assert form.said("notices") == ""
    assert form.headers["HX-Replace-Url"].endswith(stored(session).id)
    assert form.headers["HX-Retarget"] == "#account-form"


def test_what_passed_waits_to_be_saved(start, client, session):
    url = start().url
    finish(session)
    assert "Nothing is saved yet" in client.visit(url).said("connection-test-headline")


@pytest.fixture
def accept(client: Visitor, session: Session, environment: dict[str, str], enqueued) -> Callable[..., Page]:
    """Test the form of an account, and let both servers accept it."""

    def accept(**changes: str) -> Page:
        account = cast.account(session, Config.from_environment(environment).vault)
        url = client.submit(client.visit(f"/accounts/{account.id}"), button="Test connection", **changes).url
        finish(session)
        return client.visit(url)

    return accept


@pytest.mark.parametrize(
    ("changes", "is_saved"),
    [
        ({}, True),
        ({"imap_password": cast.CANARY}, True),
        ({"imap_password": "another"}, False),
        ({"imap_password": cast.CANARY, "smtp_port": "587"}, False),
        ({"name": "Office"}, False),
    ],
)
def test_what_passed_and_is_saved_already_does_not_wait_to_be_saved(accept, changes, is_saved):
    headline = accept(**changes).said("connection-test-headline")
    assert ("there is nothing to save" in headline) is is_saved
    assert ("Nothing is saved yet" in headline) is not is_saved


def test_whether_a_typed_password_is_saved_already_nobody_says_once_it_is_wiped(accept, client, session):
    url = accept(imap_password="another").url
    stored(session).imap_password = None
    session.commit()
    assert "there is nothing to save" not in client.visit(url).text


def test_cancelling_keeps_what_was_typed(start, client, session):
    page = start()
    page = client.submit(page, button="Cancel the test")
    assert "cancelled" in page.said("connection-test-headline")
    assert page.value("name") == "Biuro"
    assert stored(session).state is TestState.CANCELLED


def test_a_test_that_nobody_runs_is_said_to_be_interrupted(start, client, session):
    url = start().url
    test = stored(session)
    test.created_at -= timedelta(minutes=5)
    session.commit()
    panel = client.visit(url, htmx=True)
    assert "interrupted" in panel.said("connection-test-headline")
    assert not [element for element in panel.all() if "hx-get" in element.attrib]


def test_without_a_queue_the_page_says_so_and_keeps_everything(start, client, session, monkeypatch):
    def unavailable(*_args):
        raise QueueUnavailable

    monkeypatch.setattr(JobQueue, "enqueue", unavailable)
    page = start()
    assert page.status == 200
    assert "job queue cannot be reached" in page.said("connection-test-headline")
    assert page.value("name") == "Biuro"


def test_what_cannot_be_tested_is_said_at_the_field(start, session, enqueued):
    page = start(imap_port="70000")
    assert page.status == 422
    assert "65535" in page.said("imap-port-error")
    assert enqueued == []


def test_another_persons_test_does_not_exist(start, app, admin):
    url = start().url
    other = Visitor(app.test_client())
    other.sign_in(ADMIN.email, ADMIN.password)
    assert other.visit(url).status == 404
    assert other.visit("/connection-tests/made-up").status == 404


def test_a_reloaded_form_address_leads_to_the_accounts(client):
    assert client.visit("/connection-tests/").url == "/accounts/"

"""The panel of a connection test: what is shown while it runs, afterwards, and to whom."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import now
from app.extensions import JobQueue, QueueUnavailable
from app.mail.outcomes import Outcome
from app.models import ConnectionTest, TestState
from tests.cast import ADMIN
from tests.web.page import Page, Visitor

CANARY = "canary-9f31-passw0rd"
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


@pytest.fixture
def enqueued(monkeypatch) -> list[tuple[object, ...]]:
    """What the web edge hands to the queue; there is no worker behind it."""
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(JobQueue, "enqueue", lambda _self, _function, *ids: calls.append(ids))
    return calls


@pytest.fixture
def start(client: Visitor, enqueued) -> Callable[..., Page]:
    """Fill in the form of a new account and press a button."""

    def start(**changes: str) -> Page:
        return client.submit(client.visit("/accounts/new"), button="Test connection", **(TYPED | changes))

    return start


def stored(session: Session) -> ConnectionTest:
    session.rollback()
    return session.scalars(select(ConnectionTest)).one()


def finish(session: Session, **outcomes: Outcome) -> ConnectionTest:
    """Let the servers say ``outcomes``, as the worker writes them."""
    test = stored(session)
    for side in ("imap", "smtp"):
        outcome = outcomes.get(side, Outcome.OK)
        steps = [{"step": "resolve", "ok": outcome is Outcome.OK, "ms": 2.0, "detail": None}]
        result = {
            "outcome": outcome,
            "steps": steps,
            "encrypted": True,
            "server_text": f"<b>{side} says</b>",
            "certificate": None,
            "fixes": [],
        }
        setattr(test, f"{side}_steps", steps)
        setattr(test, f"{side}_result", result)
    test.state, test.finished_at = TestState.FINISHED, now()
    session.commit()
    return test


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

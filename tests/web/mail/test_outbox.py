"""What became of messages: shown live, and in a person's hand only where that can do no harm."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import accounts, clock, fetching
from app.extensions import current_config
from app.mail.outcomes import Outcome
from app.models import (
    Account,
    CopyHold,
    CopyState,
    FetchState,
    MessageState,
    OutgoingMessage,
    RecipientState,
    RoundTrip,
    RoundTripState,
)
from tests import cast
from tests.web.page import words


@pytest.fixture
def have(app, session, member):
    """Add a message of the member in a state of the cast."""

    def add(state: str) -> OutgoingMessage:
        with app.app_context():
            return cast.message(session, current_config().vault, member, state)

    return add


def hold_of(session, message: OutgoingMessage) -> CopyHold:
    version = session.get_one(Account, message.account_id).incoming_version
    said = {"outcome": Outcome.AUTH_FAILED, "server_text": "NO <b>who?</b>"}
    return CopyHold(account_id=message.account_id, incoming_version=version, held_at=clock.now(), **said)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("queued", "on its way"),
        ("put off", "It is tried again in"),
        ("sending", "being sent"),
        ("sent", "was sent"),
        ("partial", "not to everybody"),
        ("failed", "was not sent"),
        ("held up", "switched off"),
        ("uncertain", "not sent again by itself"),
        ("without its account", "was sent"),
    ],
)
def test_each_state_has_its_words(client, have, state, said):
    page = client.visit(f"/mail/{have(state).id}")
    assert said in page.said("message-headline")


def test_a_refusal_names_the_recipient_the_reason_and_the_servers_words(client, have):
    text = client.visit(f"/mail/{have('partial').id}").said("message")
    assert "ola@firma.test" in text
    assert "refused this recipient" in text
    assert "250 <b>so it says</b>" in text


@pytest.mark.parametrize("state", list(cast.MESSAGES))
def test_only_what_moves_is_asked_for_again(client, have, state):
    page = client.visit(f"/mail/{have(state).id}", htmx=True)
    moving = state in (
        "queued",
        "put off",
        "put off for some",
        "uncertain for some",
        "sending",
        "sent",
        "partial",
        "without its account",
    )
    polls = [it for it in page.all("span") if "hx-get" in it.attrib]
    assert bool(polls) == moving


def poll_ms(page) -> int | None:
    """Return how soon the page asks for itself again."""
    found = [it.attrib["hx-trigger"] for it in page.all("span") if "hx-get" in it.attrib]
    return int(found[0].removeprefix("load delay:").partition("ms")[0]) if found else None


def test_what_is_put_off_is_looked_at_when_it_is_due_and_not_all_the_time(client, have, session):
    message = have("put off")
    message.due_at = clock.now() + timedelta(seconds=20)
    session.commit()
    assert 15_000 < poll_ms(client.visit(f"/mail/{message.id}")) <= 20_000
    assert 15_000 < poll_ms(client.visit("/mail/")) <= 20_000
    message.due_at = clock.now() + timedelta(hours=5)
    session.commit()
    assert poll_ms(client.visit("/mail/")) == 60_000
    assert 'http-equiv="refresh" content="60"' in client.visit(f"/mail/{message.id}").source
    have("queued")
    assert poll_ms(client.visit("/mail/")) == 1500


def test_a_copy_that_is_still_to_come_does_not_hide_that_others_can_be_tried_again(client, have, session):
    message = have("partial")
    assert message.copy_state is CopyState.PENDING
    assert form_of(client, message, "retry") is not None


def test_a_provider_keeps_copies_only_where_it_does(client, have, session):
    message = have("sent")
    message.copy_state = CopyState.NOT_WANTED
    session.commit()
    assert client.visit(f"/mail/{message.id}").all(id="message-copy") == []
    session.get_one(Account, message.account_id).smtp_host = "smtp.gmail.com"
    session.commit()
    assert "keeps a copy by itself" in client.visit(f"/mail/{message.id}").said("message-copy")
    message.account_id = None
    session.commit()
    assert client.visit(f"/mail/{message.id}").all(id="message-copy") == []


@pytest.mark.parametrize("outcome", [Outcome.REJECTED_RECIPIENT, Outcome.CONNECT_REFUSED])
def test_without_its_account_no_server_is_named_twice(client, have, session, outcome):
    message = have("partial")
    message.account_id, message.recipients[1].outcome = None, outcome
    session.commit()
    said = client.visit(f"/mail/{message.id}").said("message")
    assert re.search(r"The server (refused this recipient|could not be used)\.", said)
    client.language = "pl"
    assert not re.search(r"serwera? (ten )?serwer", client.visit(f"/mail/{message.id}").text, re.IGNORECASE)


def test_the_list_shows_drafts_and_messages_apart(client, have):
    draft, sent = have("draft"), have("sent")
    page = client.visit("/mail/")
    assert draft.subject in page.text
    groups = page.all("section", class_="mail-group")
    ids = [[row.attrib["id"] for row in group.iter("li")] for group in groups]
    assert ids == [[f"message-{draft.id}"], [f"message-{sent.id}"]]


def test_drafts_without_a_subject_are_told_apart(client, have, session):
    draft = have("draft")
    draft.subject, draft.to_text, draft.source_text = (
        "",
        "jan@firma.test",
        "Dzień dobry,\n\n  w sprawie <oferty>" + " x" * 300,
    )
    session.commit()
    page = client.visit("/mail/")
    row = words(page.one("li", id=f"message-{draft.id}"))
    assert "(no subject)" in row
    assert "To: jan@firma.test" in row
    assert "Dzień dobry, w sprawie <oferty> x x" in row
    assert len(row) < 400
    (delete,) = [it for it in page.all("a") if it.attrib["href"].endswith("/discard")]
    assert "w sprawie <oferty>" in delete.attrib["aria-label"]


def test_a_failed_message_is_tried_again(client, have, enqueued, session):
    message = have("failed")
    page = client.submit(client.visit(f"/mail/{message.id}"), form_of(client, message, "retry"), button="Try again now")
    session.refresh(message)
    assert (message.state, message.recipients[0].state) == (MessageState.QUEUED, RecipientState.WAITING)
    assert enqueued == [("send", message.id)]
    assert page.url == f"/mail/{message.id}"


def form_of(client, message, way):
    return client.visit(f"/mail/{message.id}").form(f"/mail/{message.id}/{way}")


def test_an_uncertain_message_says_that_it_may_arrive_twice(client, have, enqueued, session):
    message = have("uncertain")
    token = client.visit("/users/me/password").all(name="csrf_token")[0].attrib["value"]
    client.post(f"/mail/{message.id}/retry", {"csrf_token": token})
    session.refresh(message)
    assert message.state is MessageState.UNCERTAIN
    form = form_of(client, message, "retry")
    client.submit(client.visit(f"/mail/{message.id}"), form, button="Send again, although it may arrive twice")
    session.refresh(message)
    assert message.state is MessageState.QUEUED
    assert len(enqueued) == 1


@pytest.mark.parametrize("state", ["queued", "put off", "failed", "held up"])
def test_what_nobody_has_got_can_be_edited(client, have, session, state):
    message = have(state)
    page = client.submit(client.visit(f"/mail/{message.id}"), form_of(client, message, "edit"), button="Edit")
    session.refresh(message)
    assert message.state is MessageState.DRAFT
    assert message.recipients == []
    assert page.value("text").strip() == message.source_text


@pytest.mark.parametrize("state", ["sending", "sent", "partial", "uncertain", "put off for some", "uncertain for some"])
def test_what_somebody_may_have_got_cannot_be_edited(client, have, session, state):
    message = have(state)
    token = client.visit("/users/me/password").all(name="csrf_token")[0].attrib["value"]
    page = client.post(f"/mail/{message.id}/edit", {"csrf_token": token})
    assert "has moved on meanwhile" in page.text
    session.refresh(message)
    assert message.state is not MessageState.DRAFT


@pytest.mark.parametrize("state", [it for it in cast.MESSAGES if it != "sending"])
def test_a_message_is_discarded_after_a_question(client, have, session, state):
    message = have(state)
    page = client.submit(client.visit(f"/mail/{message.id}/discard"), button="Delete message")
    assert page.url == "/mail/"
    assert session.scalar(select(func.count()).select_from(OutgoingMessage)) == 0


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("draft", "What you wrote and the files you added are deleted."),
        ("queued", "has not been sent yet"),
        ("put off", "has not been sent yet"),
        ("put off for some", "Some recipients have got the message already."),
        ("uncertain for some", "Some recipients may have got the message already."),
        ("failed", "Nobody has got the message."),
        ("partial", "What was sent stays sent"),
        ("uncertain", "What was sent stays sent"),
        ("sent", "What was sent stays sent"),
    ],
)
def test_the_question_says_what_deleting_means_for_the_recipients(client, have, state, said):
    assert said in client.visit(f"/mail/{have(state).id}/discard").said("message-discard")


def test_what_is_being_sent_is_not_discarded(client, have, session):
    message = have("sending")
    client.submit(client.visit(f"/mail/{message.id}/discard"), button="Delete message")
    assert session.scalar(select(func.count()).select_from(OutgoingMessage)) == 1


def test_a_folder_is_chosen_for_the_copies(client, have, enqueued, session):
    message = have("copy without a place")
    page = client.visit(f"/mail/{message.id}")
    form = page.form(f"/mail/{message.id}/folder")
    client.submit(page, form, button="Put the copies there", folder="Różne <&>")
    session.rollback()
    assert message.copy_state is CopyState.PENDING
    assert enqueued == [("file_copy", message.id)]
    assert session.get_one(Account, message.account_id).sent_folder == "Różne <&>"


def test_a_copy_that_waits_for_a_person_says_so_and_may_be_tried_once_more(client, have, enqueued, session):
    message = have("sent")
    session.add(hold_of(session, message))
    session.commit()
    page = client.visit(f"/mail/{message.id}", htmx=True)
    said = page.said("message-copy")
    assert "until something is changed about the account" in said
    assert "NO <b>who?</b>" in said
    assert poll_ms(page) == 60_000
    page = client.visit(f"/mail/{message.id}")
    assert [it for it in page.all("a") if it.attrib["href"] == f"/accounts/{message.account_id}"]
    page = client.submit(page, page.form(f"/mail/{message.id}/copy"), button="Try again now")
    assert "about to be put" in page.said("message-copy")
    assert enqueued == [("file_copy", message.id)]


def test_a_copy_waits_as_long_as_fetching_waits(client, have, session):
    message = have("sent")
    account = session.get_one(Account, message.account_id)
    fetching.ensure(session, now=clock.now())
    state = session.get_one(FetchState, account.id)
    state.incoming_version, state.held_at = account.incoming_version, clock.now()
    state.outcome = fetching.ANOTHER_MAILBOX
    session.commit()
    page = client.visit(f"/mail/{message.id}")
    assert "until something is changed about the account" in page.said("message-copy")
    assert not [it for it in page.all("form") if it.attrib["action"].endswith("/copy")]


def test_a_folder_that_the_server_has_not_named_is_not_taken(client, have, enqueued, session):
    message = have("copy without a place")
    page = client.visit(f"/mail/{message.id}")
    token = page.all(name="csrf_token")[0].attrib["value"]
    client.post(f"/mail/{message.id}/folder", {"csrf_token": token, "folder": "elsewhere"})
    session.rollback()
    assert message.copy_state is CopyState.FAILED
    assert enqueued == []


def test_a_test_message_is_started_shown_and_cancelled(client, app, session, enqueued, account):
    page = client.visit(f"/accounts/{account.id}")
    form = page.form(f"/mail/tests/of/{account.id}")
    page = client.submit(page, form, button="Send a test message to myself")
    trip = session.scalars(select(RoundTrip)).one()
    assert enqueued == [("send", trip.message_id), ("watch", trip.id)]
    assert "under way" in page.said("round-trip-headline")
    page = client.submit(page, button="Cancel the test")
    session.refresh(trip)
    assert trip.state is RoundTripState.CANCELLED
    assert session.get_one(OutgoingMessage, trip.message_id).state is MessageState.FAILED
    assert "was cancelled" in page.said("round-trip-headline")
    assert page.all("span", id="round-trip-look") == []


def test_an_account_that_is_deleted_as_its_test_message_begins_is_said_to_be_gone(
    client, session, enqueued, account, monkeypatch
):
    page = client.visit(f"/accounts/{account.id}")

    def delete_meanwhile(_user_id: int) -> None:
        accounts.remove(session, account)
        session.commit()

    monkeypatch.setattr("app.web.mail.testing.pacing.put_off_until", delete_meanwhile)
    page = client.submit(page, page.form(f"/mail/tests/of/{account.id}"), button="Send a test message to myself")
    assert page.status == 404
    assert "This account is not there" in page.text
    assert enqueued == []
    assert list(session.scalars(select(OutgoingMessage))) == []


def test_a_switched_off_account_sends_no_test(client, session, enqueued, account):
    page = client.visit(f"/accounts/{account.id}")
    session.get_one(type(account), account.id).active = False
    session.commit()
    page = client.submit(page, page.form(f"/mail/tests/of/{account.id}"), button="Send a test message to myself")
    assert "Switch it on first" in page.text
    assert enqueued == []


@pytest.mark.parametrize("state", RoundTripState)
def test_each_end_of_a_test_has_its_words(client, app, session, member, state):
    with app.app_context():
        trip = cast.round_trip(session, current_config().vault, member, state)
    page = client.visit(f"/mail/tests/{trip.id}")
    assert page.said("round-trip-headline")
    assert bool(page.all(id="round-trip-time")) == (state in (RoundTripState.RUNNING, RoundTripState.SEEN))

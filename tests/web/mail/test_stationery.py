"""Writing on stationery: it follows the account, is chosen by hand, asked about, shown, and never lost in silence."""

import re

import pytest

from app import stationery
from app.models import MessageState, Stationery, StationeryChoice
from tests import cast
from tests.cast import OUTSIDER, PIXEL
from tests.web.page import Visitor, words

TYPED = {"to": "jan@firma.test", "subject": "Oferta", "text": "Dzień dobry"}


@pytest.fixture
def designs(session, account, other_account) -> dict[str, int]:
    """``his`` goes with the first account, ``hers`` with the other one; ``spare`` with none."""
    made = {name: cast.stationery(session).id for name in ("his", "hers", "spare")}
    for name, of in (("his", account), ("hers", other_account)):
        session.get_one(type(of), of.id).stationery_id = made[name]
        session.get_one(Stationery, made[name]).name = f"Papeteria {name}"
    session.commit()
    return made


@pytest.fixture
def open_letter(client, account):
    """Open a message from the first account."""
    return lambda: client.visit(f"/mail/new?sender={account.id}")


def delete(session, stationery_id: int) -> None:
    stationery.remove(session, session.get_one(Stationery, stationery_id))
    session.commit()


def picture(client, page):
    return client.visit(page.one(id="letter-picture").find("iframe").attrib["src"])


def save(client, page, *, htmx: bool = False, **typed):
    return client.submit(page, button="Save draft", htmx=htmx, **typed)


def test_a_message_begins_on_the_stationery_of_its_account(client, open_letter, designs):
    page = open_letter()
    assert page.value("stationery") == str(designs["his"])
    assert words(page.field("stationery")[0]) == "No stationery"


def test_without_one_of_its_own_it_is_the_default_and_without_that_plain(client, account, session):
    assert client.visit("/mail/new").value("stationery") == ""
    default = cast.stationery(session, default=True)
    assert client.visit("/mail/new").value("stationery") == str(default.id)


@pytest.mark.parametrize("htmx", [True, False])
def test_another_account_brings_its_stationery_and_the_text_stays(
    client, *, open_letter, other_account, designs, stored, htmx
):
    page = save(client, open_letter(), htmx=htmx, **TYPED, sender=str(other_account.id))
    assert page.value("stationery") == str(designs["hers"])
    assert "stationery-asked" not in page.source
    assert (stored().source_text, stored().account_id) == ("Dzień dobry", other_account.id)
    assert stored().stationery_choice is StationeryChoice.ACCOUNT
    if htmx:
        assert "It has the stationery “Papeteria hers” now" in page.said("draft-state")
    shown = picture(client, page)
    assert "Dzień dobry" in shown.text
    assert other_account.colour in shown.source


def test_what_did_not_change_is_not_shown_anew(client, open_letter, account, designs):
    page = save(client, open_letter(), **TYPED)
    again = save(client, page, htmx=True, subject="Another subject")
    assert again.all(id="letter-picture") == again.all(id="stationery") == []
    assert len(save(client, page, htmx=True, text="x").all(id="letter-picture")) == 1


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("answer", ["follow", "keep"])
def test_what_was_chosen_by_hand_is_asked_about_both_ways(
    client, *, open_letter, other_account, designs, stored, htmx, answer
):
    page = save(client, open_letter(), **TYPED, stationery=str(designs["spare"]))
    assert page.value("stationery") == str(designs["spare"])
    assert page.said("letter-question") == ""
    page = save(client, page, sender=str(other_account.id))
    assert "messages from" in page.said("letter-question")
    assert page.value("stationery") == str(designs["spare"])
    assert stored().stationery_id == designs["spare"]
    button = {"follow": "Use “Papeteria hers”"}.get(answer) or next(
        words(it) for it in page.one(id="letter-question").iter("button") if it.attrib["value"] == "keep"
    )
    page = client.submit(page, button=button, htmx=htmx)
    assert page.said("letter-question") == ""
    if answer == "follow" or not htmx:
        assert page.value("stationery") == str(designs["hers" if answer == "follow" else "spare"])
    expected = (StationeryChoice.ACCOUNT, None) if answer == "follow" else (StationeryChoice.CHOSEN, designs["spare"])
    assert (stored().stationery_choice, stored().stationery_id) == expected
    assert stored().source_text == "Dzień dobry"


def test_no_stationery_is_a_choice_as_well(client, open_letter, other_account, designs, stored):
    page = save(client, open_letter(), **TYPED, stationery="")
    assert (page.value("stationery"), stored().stationery_choice) == ("", StationeryChoice.PLAIN)
    page = save(client, page, sender=str(other_account.id))
    assert "You chose no stationery" in page.said("letter-question")
    client.submit(page, button="Keep it plain")
    assert stored().stationery_choice is StationeryChoice.PLAIN


def test_the_question_is_not_lost_by_sending_at_once(client, *, open_letter, other_account, enqueued, designs, stored):
    typed = {**TYPED, "stationery": str(designs["spare"]), "sender": str(other_account.id)}
    page = client.submit(open_letter(), button="Send", **typed)
    assert page.status == 422
    assert "say which stationery" in page.said("stationery-error")
    assert "messages from" in page.said("letter-question")
    assert page.value("text").strip() == "Dzień dobry"
    assert enqueued == []
    # With the question in view, sending is an answer: what the page shows.
    client.submit(page, button="Send")
    assert stored().state is MessageState.QUEUED
    assert len(enqueued) == 1


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_stationery_that_was_deleted_while_writing_is_said_at_the_field(
    client, *, open_letter, session, enqueued, designs, stored, by_hand
):
    page = save(client, open_letter(), **TYPED, stationery=str(designs["spare" if by_hand else "his"]))
    delete(session, designs["spare" if by_hand else "his"])
    page = client.submit(page, button="Send")
    assert page.status == 422
    assert "deleted meanwhile" in page.said("stationery-error")
    assert page.field("stationery").attrib["aria-invalid"] == "true"
    assert page.value("text").strip() == "Dzień dobry"
    assert page.value("stationery") == (str(designs["his"]) if by_hand else "")
    assert enqueued == []
    client.submit(page, button="Send")
    assert stored().state is MessageState.QUEUED


@pytest.mark.parametrize("htmx", [True, False])
def test_saving_says_so_too_until_another_one_is_chosen(client, open_letter, session, designs, htmx):
    page = save(client, open_letter(), **TYPED, stationery=str(designs["spare"]))
    delete(session, designs["spare"])
    said = save(client, page, htmx=htmx)
    assert "“Papeteria his” now" in said.said("stationery-error")
    assert said.value("stationery") == str(designs["his"])
    if not htmx:
        assert "deleted meanwhile" not in save(client, said, stationery=str(designs["hers"])).text


def test_a_draft_whose_stationery_was_deleted_says_so_when_it_is_taken_up(
    client, open_letter, session, designs, stored
):
    page = save(client, open_letter(), **TYPED, stationery=str(designs["spare"]))
    delete(session, designs["spare"])
    page = client.visit(page.url)
    assert "deleted meanwhile" in page.said("stationery-error")
    assert page.value("stationery") == str(designs["his"])


def test_one_that_is_deleted_in_the_very_moment_of_sending_is_said(
    client, *, open_letter, session, enqueued, designs, stored, monkeypatch
):
    page = save(client, open_letter(), **TYPED, stationery=str(designs["spare"]))

    def delete_first(*_arguments):
        delete(session, designs["spare"])

    monkeypatch.setattr("app.web.mail.pacing.put_off_until", delete_first)
    page = client.submit(page, button="Send")
    assert page.status == 422
    assert "deleted meanwhile" in page.said("stationery-error")
    assert stored().state is MessageState.DRAFT
    assert enqueued == []


def test_an_account_that_was_deleted_while_writing_is_said_and_the_text_kept(
    client, *, open_letter, session, account, other_account, enqueued, stored
):
    page = open_letter()
    session.delete(session.get_one(type(account), account.id))
    session.commit()
    page = client.submit(page, button="Send", **TYPED)
    assert page.status == 422
    assert "Choose the account" in page.said("sender-error")
    assert stored().source_text == "Dzień dobry"


def test_what_was_sent_is_shown_as_it_was_sent(client, *, open_letter, session, enqueued, designs, stored):
    page = client.submit(open_letter(), button="Send", **TYPED)
    assert stored().state is MessageState.QUEUED
    assert "Biuro &lt;&amp;&gt; “Żółw”" in stored().html
    delete(session, designs["his"])
    page = client.visit(page.url)
    (frame,) = page.one(id="message-content").iter("iframe")
    assert frame.attrib["sandbox"] == "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    shown = client.visit(frame.attrib["src"])
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert "Dzień dobry" in shown.text
    # Links open a window of their own: nothing foreign comes into the frame.
    assert [it.attrib for it in shown.all("base")] == [{"target": "_blank"}]
    (image,) = shown.all("img")
    assert client.client.get(image.attrib["src"]).data == PIXEL


def test_addresses_that_were_typed_are_links_where_a_message_is_shown_and_in_what_is_sent(
    client, *, open_letter, enqueued, stored
):
    text = "Oferta: https://firma.test/a?b=1&c=<2>. Pytania: ola@firma.test"
    said = [("https://firma.test/a?b=1&c=", "noopener noreferrer"), ("mailto:ola@firma.test", "noopener noreferrer")]
    page = save(client, open_letter(), **TYPED | {"text": text})
    assert [(it.attrib["href"], it.attrib["rel"]) for it in picture(client, page).all("a")] == said
    page = client.submit(page, button="Send")
    shown = client.visit(f"{page.url}/picture")
    assert [(it.attrib["href"], it.attrib["rel"]) for it in shown.all("a")] == said
    assert '<a href="https://firma.test/a?b=1&amp;c=" rel="noopener noreferrer">' in stored().html
    assert [it.attrib["href"] for it in page.one("pre", class_="message-text").iter("a")] == [it for it, _rel in said]


def test_nobody_sees_the_message_of_somebody_else(client, *, app, session, open_letter, enqueued, designs, stored):
    page = client.submit(open_letter(), button="Send", **TYPED)
    image = client.visit(f"{page.url}/picture").all("img")[0].attrib["src"]
    OUTSIDER.join(session)
    other = Visitor(app.test_client())
    other.sign_in(OUTSIDER.email, OUTSIDER.password)
    assert "Dzień dobry" not in other.visit(f"{page.url}/picture").source
    assert other.visit(image).status == 404


@pytest.mark.parametrize("odd", ["0", "99999", "-1", "x", "1" * 40, "²", "1\0"])
def test_what_no_page_of_ours_says_is_no_stationery(client, account, designs, odd):
    page = client.visit("/mail/new")
    token = page.all(name="csrf_token")[0].attrib["value"]
    action = page.form().attrib["action"].replace("/send", "/draft")
    fields = {"csrf_token": token, "text": "kept", "stationery": odd, "stationery-shown": odd, "sender": odd}
    answer = client.post(action, fields | {"stationery-sender": odd, "stationery-answer": odd})
    assert answer.status == 200
    assert answer.value("text").strip() == "kept"
    seen = client.visit(f"{action.replace('/draft', '/picture')}?stationery=x&sender={re.sub('[^0-9]', '', odd)}")
    assert "kept" in seen.text

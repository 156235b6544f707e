"""Stationery around messages: what it was when a message was queued is what every try sends, and what is filed."""

from email import message_from_bytes, policy

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app import sending, stationery
from app.models import MessageState, OutgoingImage, StationeryChoice
from app.sending import Addressed, Dress, StationeryGone, Typed
from app.sending.compose import compose
from app.sending.content import html_of
from app.sending.letters import image_data, letter_of
from app.stationery import Values
from tests import cast
from tests.fakes.mail_server import serving, smtp
from tests.unit.stationery.corpus import CORPUS
from tests.unit.stationery.framed import text_in
from tests.unit.stationery.test_sanitise import faults

HOSTILE = """"><script>alert(1)</script>\r\nBcc: x@x.test"""
VALUES = Values(
    account_name="Biuro",
    account_email="anna@skrzynka.test",
    account_colour="#2f74d0",
    sender_name="Maria",
    sender_email="maria@firma.test",
    date="1 marca 2026",
    time="12:00",
    year="2026",
)


def put_on(writer, account, stationery_id, text="Dzień dobry", values=VALUES):
    """Hand over a message on a stationery."""
    message = writer.write(account, text=text, queue=False)
    addressed = Addressed(sending.parse("jan@firma.test"))
    sending.queue(
        writer.session,
        message,
        account,
        addressed,
        "skrzynka.test",
        stationery_id=stationery_id,
        values=values,
        now=writer.now,
    )
    writer.session.commit()
    return message


def faults_of(html: str) -> list[str]:
    """Return what would run, ask or be fetched in a whole document; its head is ours."""
    return faults(html.partition("<body>")[2])


def on_the_wire(writer, message) -> bytes:
    return b"".join(compose(letter_of(writer.session, message)).pieces())


def test_the_design_its_image_and_the_values_travel_around_the_text(writer):
    design = cast.stationery(writer.session)
    message = put_on(writer, writer.account(), design.id)
    sent = message_from_bytes(on_the_wire(writer, message), policy=policy.default)
    html = sent.get_body(["html"]).get_content()
    assert "color: #2f74d0" in html
    assert text_in(html) == "<p>Dzień dobry</p>"
    assert "Dzień dobry\n\nMaria" in sent.get_body(["plain"]).get_content().replace("\r\n", "\n")
    (image,) = [part for part in sent.walk() if part.get_content_maintype() == "image"]
    assert image.get_content() == cast.PIXEL
    assert image["Content-Disposition"] == "inline"
    assert f"cid:{image['Content-ID'].strip('<>')}" in html


@pytest.mark.parametrize("meanwhile", ["changed", "deleted"])
def test_every_try_and_the_copy_say_the_same_whatever_becomes_of_the_stationery(writer, meanwhile):
    design = cast.stationery(writer.session)
    with serving(smtp(replies={"MAIL": b"451 later\r\n"})) as busy:
        account = writer.account(busy.port)
        message = put_on(writer, account, design.id)
        before = on_the_wire(writer, message)
        assert writer.send(message).state is MessageState.QUEUED
    if meanwhile == "changed":
        stationery.save(
            writer.session, design, name="x", source="<div data-content></div>", expected_version=1, now=writer.now
        )
    else:
        stationery.remove(writer.session, design)
    account.name = "Somebody else"
    writer.session.commit()
    writer.session.expire_all()
    assert on_the_wire(writer, message) == before
    with serving(smtp()) as server:
        account.smtp_port = server.port
        writer.later(minutes=2)
        writer.session.commit()
        assert writer.send(message).state is MessageState.SENT
    assert on_the_wire(writer, message) == before


def test_a_stationery_that_is_gone_is_not_left_out_in_silence(writer):
    design = cast.stationery(writer.session)
    gone = design.id
    stationery.remove(writer.session, design)
    writer.session.commit()
    with pytest.raises(StationeryGone):
        put_on(writer, writer.account(), gone)


def test_a_message_that_is_written_on_again_lets_go_of_what_it_looked_like(writer):
    message = put_on(writer, writer.account(), cast.stationery(writer.session).id)
    sending.take_back(writer.session, message, now=writer.now)
    writer.session.commit()
    assert message.html is None
    assert writer.session.scalar(select(func.count()).select_from(OutgoingImage)) == 0


def test_what_a_draft_is_written_on_is_kept_until_it_is_deleted(writer):
    design, account = cast.stationery(writer.session), writer.account()
    chosen = Typed(account.id, dress=Dress(design.id, by_hand=True))
    plain = Typed(account.id, dress=Dress(None, by_hand=True))
    following = Typed(account.id, dress=Dress(design.id))
    drafts = [
        sending.save_draft(writer.session, sending.new_id(), writer.user.id, typed, now=writer.now)
        for typed in (chosen, plain, following)
    ]
    writer.session.commit()
    assert [(it.stationery_choice, it.stationery_id) for it in drafts] == [
        (StationeryChoice.CHOSEN, design.id),
        (StationeryChoice.PLAIN, None),
        (StationeryChoice.ACCOUNT, None),
    ]
    stationery.remove(writer.session, design)
    writer.session.commit()
    writer.session.expire_all()
    assert (drafts[0].stationery_choice, drafts[0].stationery_id) == (StationeryChoice.CHOSEN, None)


def test_a_draft_outlives_an_account_and_a_stationery_that_were_deleted_before_it_was_saved(writer):
    typed = Typed(99_999, text="kept", dress=Dress(99_999, by_hand=True))
    draft = sending.save_draft(writer.session, sending.new_id(), writer.user.id, typed, now=writer.now)
    writer.session.commit()
    assert (draft.account_id, draft.stationery_id, draft.source_text) == (None, None, "kept")
    assert draft.stationery_choice is StationeryChoice.CHOSEN


@pytest.mark.parametrize("start", range(0, len(CORPUS), 20))
def test_hostile_text_in_hostile_stationery_with_hostile_values_is_harmless(writer, start):
    hostile = CORPUS[start : start + 20]
    source = "<div data-content></div>" + "".join(f"<section>{text}</section>" for text in hostile) + "{sender.name}"
    # By hand into the database, past everything that judges a design before it is saved.
    design = cast.stationery(writer.session, "<div data-content></div>")
    design.html = source.replace("\0", "")
    writer.session.commit()
    values = Values(**dict.fromkeys(VALUES.__slots__, HOSTILE))
    message = put_on(writer, writer.account(), design.id, text="\n\n".join(hostile), values=values)
    wire = on_the_wire(writer, message)
    sent = message_from_bytes(wire, policy=policy.default)
    assert faults_of(message.html) == []
    assert faults_of(sent.get_body(["html"]).get_content()) == []
    assert sent["Bcc"] is None
    assert b"\nBcc:" not in wire.partition(b"\r\n\r\n")[0]
    # What somebody typed is text: not a letter of it is lost, and none of it is markup.
    assert html_of(message.source_text) == message.content_html


def test_hostile_html_that_came_into_a_message_otherwise_is_harmless_too(writer):
    account = writer.account()
    message = writer.write(account, queue=False)
    message.content_html = "".join(CORPUS).replace("\0", "")
    writer.session.commit()
    sending.queue(
        writer.session,
        message,
        account,
        Addressed(sending.parse("jan@firma.test")),
        "skrzynka.test",
        stationery_id=cast.stationery(writer.session).id,
        values=VALUES,
        now=writer.now,
    )
    assert faults_of(message.html) == []


def test_an_image_that_cannot_be_read_ahead_does_not_cost_the_answer_to_the_message_before(writer, monkeypatch):
    design = cast.stationery(writer.session)
    with serving(smtp()) as server:
        account = writer.account(server.port)
        messages = []
        for _ in range(4):
            messages.append(put_on(writer, account, design.id))
            writer.later(seconds=1)
        failed: list[str] = []

        def fail_at_first(session: Session, image: OutgoingImage) -> bytes:
            # The third is read while the server still works on the second.
            if image.message_id == third and not failed:
                failed.append(image.message_id)
                session.execute(text("SELECT nothing FROM nowhere"))
            return image_data(session, image)

        third = messages[2].id
        monkeypatch.setattr("app.sending.letters.image_data", fail_at_first)
        writer.send(messages[0])
        for message in messages:
            writer.session.refresh(message)
        assert failed == [third]
        assert [message.state for message in messages] == [MessageState.SENT] * 4
        assert server.sent(b"DATA\r\n") == 4

"""Writing: everything typed is kept, what is wrong is said where it is wrong, and a message is handed over once."""

from io import BytesIO

import pytest
from sqlalchemy import delete, func, select

from app.extensions import current_config
from app.models import Account, AttachmentChunk, MessageState, OutgoingAttachment, OutgoingMessage, Placement
from app.web.mail.reading import judge
from tests import cast
from tests.cast import OUTSIDER
from tests.web.page import Visitor

TYPED = {"to": "Jan <jan@firma.test>", "subject": "Zażółć", "text": "Dzień dobry,\n\ntreść <b>."}


@pytest.fixture
def received(app, session, account) -> Placement:
    """A message that came to the account and to others."""
    with app.app_context():
        return cast.received(session, current_config().vault, "to many", account)


def write(client, **changes):
    return client.submit(client.visit("/mail/new"), button="Send", **(TYPED | changes))


def test_a_message_is_handed_over_and_its_job_is_queued(client, account, enqueued, stored):
    page = write(client)
    message = stored()
    assert message.state is MessageState.QUEUED
    assert enqueued == [("send", message.id)]
    assert page.url == f"/mail/{message.id}"
    assert page.title == "Zażółć"
    assert "jan@firma.test" in page.said("message")
    assert message.content_html == "<p>Dzień dobry,</p>\n<p>treść &lt;b&gt;.</p>"
    assert message.message_id.endswith("@infirma.pl>")
    assert "on its way" in page.said("message-headline")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"to": ""}, "Type at least one recipient"),
        ({"to": "jan"}, "“jan” is not an address"),
        ({"cc": "Team: a@x.pl, b@x.pl;"}, "looks like a group"),
        ({"bcc": "=?utf-8?q?x?= <a@x.pl>"}, "=?…?="),
        ({"to": "jan@localhost"}, "is not an address"),
        ({"to": "jan, ola@x.pl, ola@"}, "“jan”, “ola@” are not addresses: each must look like biuro@infirma.pl."),
        ({"to": "jan, =?a?q?b?= <a@x.pl>"}, "“jan” is not an address: it must look like biuro@infirma.pl. “=?a?q?b?="),
        ({"to": ", ".join(f"a{number}" for number in range(12))}, "“a9” are not addresses: each must look like"),
        ({"to": ", ".join(f"a{number}" for number in range(12))}, "2 more recipients are wrong."),
        ({"to": ", ".join(f"jan{number}@firma.test" for number in range(101))}, "at most 100 at a time"),
        ({"bcc": "jan@firma.test, " * 4000}, "This has 64000 characters, and at most 54000 can be read here."),
        ({"subject": "x" * 30_000}, "at most 500"),
        ({"subject": "=?utf-8?q?a=0D=0ABcc:x@x.pl?="}, "plain letters"),
        ({"subject": "a\tb"}, "one line"),
        ({"subject": "x" * 501}, "at most 500"),
    ],
)
@pytest.mark.usefixtures("account")
def test_what_is_wrong_is_said_at_its_field_and_everything_is_kept(client, enqueued, stored, wrong, said):
    page = write(client, **wrong)
    (field,) = wrong
    assert page.status == 422
    assert said in page.said(f"{field}-error")
    assert page.one(id=field).attrib["aria-invalid"] == "true"
    assert page.value("text").strip() == TYPED["text"]
    assert page.value(field) == wrong[field]
    assert enqueued == []
    assert stored().state is MessageState.DRAFT
    assert stored().source_text == TYPED["text"]


def test_an_empty_subject_is_asked_about_once(client, account, enqueued, stored):
    page = write(client, subject="")
    assert "no subject" in page.said("subject-error")
    client.submit(page, button="Send")
    assert stored().state is MessageState.QUEUED
    assert len(enqueued) == 1


@pytest.mark.usefixtures("other_account")
def test_an_account_that_was_switched_off_meanwhile_is_named_and_the_text_kept(
    client, account, session, enqueued, stored
):
    page = client.visit("/mail/new")
    session.get_one(type(account), account.id).active = False
    session.commit()
    page = client.submit(page, button="Send", **TYPED, sender=str(account.id))
    assert "switched off meanwhile" in page.said("sender-error")
    assert page.value("sender") == ""
    assert page.value("text").strip() == TYPED["text"]
    assert stored().account_id == account.id
    assert enqueued == []


def test_only_active_accounts_are_offered(client, app, session, account, other_account):
    session.get_one(type(account), account.id).active = False
    session.commit()
    offered = [option.attrib["value"] for option in client.visit("/mail/new").field("sender").iter("option")]
    assert offered == [str(other_account.id)]


def test_without_an_account_the_page_says_so(client):
    assert "No account is switched on" in client.visit("/mail/new").text


def test_a_draft_is_saved_by_a_button_and_taken_up_again(client, account, stored):
    page = client.submit(client.visit("/mail/new"), button="Save draft", **TYPED)
    assert page.url == f"/mail/{stored().id}"
    assert (page.value("to"), page.value("subject")) == (TYPED["to"], TYPED["subject"])
    assert page.value("text").strip() == TYPED["text"]


def test_a_draft_is_saved_as_one_types(client, account, other_account, stored):
    page = client.visit("/mail/new")
    for text in ("Dz", "Dzień"):
        answer = client.submit(page, button="Save draft", htmx=True, text=text, sender=str(other_account.id))
        assert "Draft saved at" in answer.said("draft-state")
        assert len(answer.one(id="letter-swatch")) == 1
    assert stored().source_text == "Dzień"


@pytest.mark.parametrize("way", ["draft", "send", "files"])
def test_whatever_keeps_a_draft_gives_the_page_its_address(client, received, session, stored, way):
    for start in ("/mail/new", f"/mailbox/{received.id}/answer", f"/mailbox/{received.id}/answer?to=all"):
        page = client.visit(start)
        token = page.all("input", name="csrf_token")[0].attrib["value"]
        action = page.form().attrib["action"].replace("/send", f"/{way}")
        kept = action.removesuffix(f"/{way}")

        def post(action, current, token=token):
            asked = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": f"http://localhost{current}"}
            return client.client.post(action, data={"csrf_token": token, "text": "Tak."}, headers=asked)

        assert post(action, start).headers["HX-Replace-Url"] == kept
        assert client.visit(kept).value("text").strip() == "Tak."
        assert "HX-Replace-Url" not in post(action, kept).headers
        session.delete(stored())
        session.commit()


@pytest.mark.usefixtures("enqueued")
def test_an_answer_that_is_sent_at_once_leads_to_the_message(client, received, stored):
    page = client.visit(f"/mailbox/{received.id}/answer")
    sent = client.submit(page, button="Send", htmx=True)
    assert stored().state is MessageState.QUEUED
    assert sent.headers["HX-Redirect"] == f"/mail/{stored().id}"


def test_a_message_that_was_sent_is_not_written_over(client, account, enqueued, stored):
    page = client.visit("/mail/new")
    client.submit(page, button="Send", **TYPED)
    late = client.submit(page, button="Save draft", htmx=True, text="something else")
    assert "sent meanwhile" in late.said("draft-state")
    again = client.submit(page, button="Send", **TYPED)
    assert again.url == f"/mail/{stored().id}"
    assert stored().source_text == TYPED["text"]
    assert len(enqueued) == 1


@pytest.mark.usefixtures("account", "enqueued")
def test_nobody_sees_or_changes_the_messages_of_others(client, app, session, stored):
    write(client)
    OUTSIDER.join(session)
    other = Visitor(app.test_client())
    other.sign_in(OUTSIDER.email, OUTSIDER.password)
    message = stored()
    token = other.visit("/users/me/password").all(name="csrf_token")[0].attrib["value"]
    assert other.visit(f"/mail/{message.id}").status == 404
    for way in ("draft", "send", "retry", "edit", "discard", "folder", "copy", "files"):
        assert other.post(f"/mail/{message.id}/{way}", {"csrf_token": token, "text": "x"}).status == 404
    assert "Zażółć" not in other.visit("/mail/").text
    assert stored().source_text == TYPED["text"]


def test_files_are_kept_in_pieces_and_can_be_taken_away(client, account, session, stored):
    page = client.visit("/mail/new")
    form = page.form()
    content = b"x" * 600_000
    fields = {"csrf_token": form.findall(".//input[@name='csrf_token']")[0].attrib["value"], "text": "t"}
    action = form.attrib["action"].replace("/send", "/files")
    page = client.post(action, fields | {"files": [(BytesIO(content), "umowa żółta.pdf"), (BytesIO(b""), "e.txt")]})
    files = session.scalars(select(OutgoingAttachment).order_by(OutgoingAttachment.position)).all()
    assert [(it.filename, it.media_type, it.size) for it in files] == [
        ("umowa żółta.pdf", "application/pdf", 600_000),
        ("e.txt", "text/plain", 0),
    ]
    assert session.scalar(select(func.count()).select_from(AttachmentChunk)) == 3
    assert "586 kB" in page.said("letter-files")
    page = client.submit(page, button="Remove")
    assert "umowa" not in page.said("letter-files")
    assert stored().source_text == "t"
    assert session.scalar(select(func.count()).select_from(AttachmentChunk)) == 0


def test_files_that_are_too_large_together_are_refused_by_name(client, account, session, monkeypatch, stored):
    monkeypatch.setattr("app.sending.attachments.MOST_BYTES", 1000)
    page = client.visit("/mail/new")
    token = page.form().findall(".//input[@name='csrf_token']")[0].attrib["value"]
    action = page.form().attrib["action"].replace("/send", "/files")
    fields = {"csrf_token": token, "text": "kept", "files": [(BytesIO(b"x" * 900), "a"), (BytesIO(b"x" * 200), "b")]}
    page = client.post(action, fields)
    assert "“b” was not added" in page.said("files-error")
    assert [it.filename for it in session.scalars(select(OutgoingAttachment))] == ["a"]
    assert stored().source_text == "kept"


def test_a_reply_keeps_the_thread(client, account, enqueued, stored):
    ids = "in-reply-to=%3Ca%40x.pl%3E&references=%3Cb%40x.pl%3E+rubbish+%3Ca%40x.pl%3E"
    page = client.visit(f"/mail/new?to=jan%40firma.test&subject=Re%3A+x&{ids}")
    assert page.value("to") == "jan@firma.test"
    client.submit(page, button="Send", text="t")
    message = stored()
    assert (message.in_reply_to, message.references) == ("<a@x.pl>", "<b@x.pl> <a@x.pl>")


def test_too_many_messages_are_put_off_and_kept(client, account, app, enqueued, session):
    app.config["MESSAGES_PER_PERSON"] = "2 per minute"
    for _ in range(2):
        write(client)
    page = write(client, text="the third")
    assert page.status == 422
    assert "too many messages" in page.said("to-error")
    assert page.value("text").strip() == "the third"
    assert len(enqueued) == 2
    session.rollback()
    drafts = select(func.count()).where(OutgoingMessage.state == MessageState.DRAFT)
    assert session.scalar(drafts) == 1


def test_an_id_that_no_page_made_is_not_there(client, account):
    for id_ in ("x", "new/../..", "a" * 33, "ż" * 22):
        assert client.visit(f"/mail/{id_}").status == 404


def test_hostile_text_stays_text(client, account, enqueued):
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    page = client.submit(client.visit("/mail/new"), button="Send", to="a@x.pl", subject=hostile, text=hostile)
    assert hostile in page.text
    assert "<script>alert" not in page.source


def test_an_account_that_is_deleted_at_that_very_moment_keeps_the_text(
    client, account, session, *, enqueued, stored, monkeypatch
):
    gone_id = account.id

    def judge_too_early(form):
        good = judge(form)
        session.execute(delete(Account).where(Account.id == gone_id))
        session.commit()
        return good

    monkeypatch.setattr("app.web.mail.writing.judge", judge_too_early)
    page = write(client)
    assert page.status == 422
    assert "Choose the account" in page.said("sender-error")
    assert page.value("text").strip() == TYPED["text"]
    assert (stored().state, stored().source_text) == (MessageState.DRAFT, TYPED["text"])
    assert enqueued == []

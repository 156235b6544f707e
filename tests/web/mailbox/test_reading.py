"""Fetched mail, read by somebody without a script: strangers wrote it, and none of it may do anything."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import accounts, clock
from app.extensions import current_config
from app.models import Account, Folder, Message, OutgoingMessage, Placement
from tests import cast
from tests.web.page import Visitor, words


@pytest.fixture
def have(app, session: Session):
    """Add a fetched message in a state of the cast."""

    def add(state: str = "plain", of: Account | None = None) -> Placement:
        with app.app_context():
            return cast.received(session, current_config().vault, state, of)

    return add


@pytest.fixture
def account(app, session: Session) -> Account:
    with app.app_context():
        return cast.account(session, current_config().vault)


def subjects(page) -> list[str]:
    return [words(each) for each in page.all("p", class_="account-name")]


def test_the_list_shows_sender_subject_account_and_what_is_unread(client: Visitor, have):
    placed = have("plain")
    page = client.visit("/mailbox/")
    row = page.one("li", id=f"received-{placed.id}")
    assert "mailbox-unread" in row.attrib["class"]
    assert "Jan Żółw <&>" in words(row)
    assert "Oferta <&>" in words(row)
    assert "Biuro <&> “Żółw”" in words(row)
    assert 'fill="#2f74d0"' in page.source


def test_it_can_be_narrowed_by_account_search_and_what_is_unread(client: Visitor, have, account):
    mine, others, seen = have("plain", account), have("plain"), have("seen")
    everything = client.visit("/mailbox/")
    assert len(subjects(everything)) == 3
    form = everything.one("form", id="mailbox-filter")
    assert form.attrib["method"] == "get"
    assert len(subjects(client.visit(f"/mailbox/?account={account.id}"))) == 1
    assert {it.attrib["id"] for it in client.visit("/mailbox/?unread=y").all("li", class_="account")} == {
        f"received-{mine.id}",
        f"received-{others.id}",
    }
    assert len(subjects(client.visit("/mailbox/?search=oferta+ŻÓŁW"))) == 3
    assert "No message fits" in client.visit("/mailbox/?search=%25").text
    assert seen.seen


def in_folder(session: Session, placement: Placement, name: str, use: str | None = None) -> Folder:
    """Put a message into another folder of its account."""
    folder = Folder(account_id=placement.account_id, name=name, title=name, special_use=use, uidvalidity=1)
    session.add(folder)
    session.flush()
    placement.folder_id = folder.id
    session.commit()
    return folder


def folders(page) -> list[tuple[str, str]]:
    return [(words(it), it.attrib["href"]) for it in page.one("nav", class_="mailbox-folders").iter("a")]


def test_the_messages_of_an_account_are_narrowed_to_a_folder(client: Visitor, have, account, session: Session):
    mine, sent, seen = have("plain", account), have("plain", account), have("seen", account)
    assert not client.visit("/mailbox/").all("nav", class_="mailbox-folders"), "of one account only"
    assert not client.visit(f"/mailbox/?account={account.id}").all("nav", class_="mailbox-folders"), "there is one"
    zlecenia = in_folder(session, seen, "Zlecenia")
    folder = in_folder(session, sent, "Wys&AUI-ane", "sent")
    page = client.visit(f"/mailbox/?account={account.id}&search=oferta&unread=y")
    assert [title for title, _address in folders(page)] == ["All folders", "Inbox", "Sent mail", "Zlecenia"]
    asked = dict(folders(page))["Sent mail"]
    assert asked == f"/mailbox/?account={account.id}&folder={folder.id}&search=oferta&unread=y"
    narrowed = client.visit(asked)
    assert [it.attrib["id"] for it in narrowed.all("li", class_="account")] == [f"received-{sent.id}"]
    (chosen,) = [it for it in narrowed.one("nav", class_="mailbox-folders").iter("a") if "aria-current" in it.attrib]
    assert words(chosen) == "Sent mail"
    # A search stays in the folder, and the way back leads to it.
    (carried,) = [it for it in narrowed.one("form", id="mailbox-filter").iter("input") if it.attrib["type"] == "hidden"]
    assert (carried.attrib["name"], carried.attrib["value"]) == ("folder", str(folder.id))
    (link,) = [it.attrib["href"] for it in narrowed.one("ul", class_="mailbox").iter("a")]
    (back,) = [it.attrib["href"] for it in client.visit(link).all("a") if words(it) == "Back to the messages"]
    assert back == asked
    assert not subjects(client.visit(f"/mailbox/?account={account.id}&folder={zlecenia.id}&unread=y"))
    assert mine.folder_id not in (folder.id, zlecenia.id)


def test_a_folder_of_another_account_narrows_nothing(client: Visitor, have, account, session: Session):
    have("plain", account)
    other = have("plain")
    page = client.visit(f"/mailbox/?account={account.id}&folder={other.folder_id}")
    assert len(subjects(page)) == 1
    assert "folder" not in {it.attrib.get("name") for it in page.all("input")}
    assert len(subjects(client.visit(f"/mailbox/?folder={other.folder_id}"))) == 2


def test_a_message_that_lies_in_two_folders_is_listed_in_both_and_counted_once(
    client: Visitor, have, account, session: Session
):
    first, second = have("plain", account), have("plain", account)
    in_folder(session, second, "Archiwum", "archive")
    second.digest = first.digest
    session.commit()
    page = client.visit(f"/mailbox/?account={account.id}")
    assert (len(subjects(page)), page.said("mailbox-count")) == (1, "One unread message")
    for title in ("Inbox", "Archive"):
        narrowed = client.visit(dict(folders(page))[title])
        assert (len(subjects(narrowed)), narrowed.said("mailbox-count")) == (1, "One unread message")


def unread_badges(client: Visitor, account: Account):
    row = client.visit("/accounts/").one("li", id=f"account-{account.id}")
    return [it for it in row.iter("a") if "badge-accent" in it.attrib.get("class", "")]


def test_unread_messages_are_counted(client: Visitor, have, account, session: Session):
    placed, _other, _seen = have("plain", account), have("plain"), have("seen", account)
    page = client.visit("/mailbox/")
    assert page.said("mailbox-count") == "2 unread messages"
    (link,) = page.one("p", id="mailbox-count").iter("a")
    assert link.attrib["href"] == "/mailbox/?unread=y"
    assert client.visit(f"/mailbox/?account={account.id}").said("mailbox-count") == "One unread message"
    (badge,) = unread_badges(client, account)
    assert words(badge).startswith("1 unread")
    assert badge.attrib["href"] == f"/mailbox/?account={account.id}&unread=y"
    placed.read_here = True
    session.commit()
    assert client.visit(f"/mailbox/?account={account.id}").said("mailbox-count") == "No unread messages"
    assert not unread_badges(client, account)


def test_beyond_a_limit_nobody_counts(client: Visitor, have, account, monkeypatch):
    monkeypatch.setattr("app.mailbox.queries.MOST_COUNTED", 2)
    monkeypatch.setattr("app.mailbox.MOST_COUNTED", 2)
    for _ in range(3):
        have("plain", account)
    assert client.visit("/mailbox/").said("mailbox-count") == "More than 1 unread messages"
    assert "1+ unread" in client.visit("/accounts/").text


def test_what_a_search_has_found_is_counted(client: Visitor, have, monkeypatch):
    have(), have()
    assert client.visit("/mailbox/?search=oferta").said("mailbox-count") == "2 messages fit."
    monkeypatch.setattr("app.web.mailbox.view.PER_PAGE", 1)
    page = client.visit("/mailbox/?search=oferta")
    assert page.said("mailbox-count") == "More than 1 messages fit; these are the latest."


def test_nonsense_in_the_address_is_ignored(client: Visitor, have):
    have()
    for nonsense in (
        "account=x",
        "below=x",
        "below=99999999999999",
        "account=-1",
        "search=%00",
        "unread=maybe",
        "folder=x",
        "folder=-3",
    ):
        assert len(subjects(client.visit(f"/mailbox/?{nonsense}"))) == 1


def test_a_long_list_has_pages_on_which_each_message_stands_once(client: Visitor, have, account, monkeypatch):
    monkeypatch.setattr("app.web.mailbox.view.PER_PAGE", 2)
    for _ in range(5):
        have("plain", account)
    seen: list[str] = []
    url = "/mailbox/"
    while url:
        page = client.visit(url)
        seen += subjects(page)
        older = [link for link in page.all("a", class_="button") if words(link) == "Older messages"]
        url = older[0].attrib["href"] if older else ""
    assert len(seen) == len(set(seen)) == 5


def test_only_the_top_of_the_list_looks_for_news(client: Visitor, have):
    placed = have()
    assert client.visit("/mailbox/", htmx=True).all("span", hx_trigger="load delay:10000ms")
    below = client.visit(f"/mailbox/?below={placed.id}", htmx=True)
    assert not [it for it in below.all("span") if "hx-get" in it.attrib]


def test_plain_text_stays_text(client: Visitor, have):
    page = client.visit(f"/mailbox/{have('plain').id}")
    assert "Dzień <b>dobry</b>," in page.text
    assert not page.all("iframe")


def test_addresses_in_plain_text_lead_there_in_a_new_tab_and_nothing_else_leads_anywhere(client: Visitor, have):
    text = client.visit(f"/mailbox/{have('with addresses').id}").one("pre")
    links = [it for it in text.iter() if it is not text]
    assert [(it.tag, it.attrib["href"], words(it)) for it in links] == [
        ("a", "https://firma.test/a?b=c&d=%22e%22", "https://firma.test/a?b=c&d=%22e%22"),
        ("a", "HTTPS://FIRMA.TEST/onclick='x", "HTTPS://FIRMA.TEST/onclick='x"),
        ("a", "mailto:biuro@firma.test", "biuro@firma.test"),
    ]
    for link in links:
        assert link.attrib.keys() == {"href", "target", "rel"}
        assert (link.attrib["target"], link.attrib["rel"]) == ("_blank", "noopener noreferrer nofollow")
    assert "See <https://firma.test/" in words(text)
    assert "javascript:alert(1)" in words(text)


def test_html_stands_in_a_frame_that_can_do_nothing(client: Visitor, have):
    placed = have("HTML")
    page = client.visit(f"/mailbox/{placed.id}")
    frame = page.one("iframe")
    assert "allow-scripts" not in frame.attrib["sandbox"]
    shown = client.visit(frame.attrib["src"])
    policy = shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "img-src 'self';" in policy
    assert "allow-scripts" not in policy
    for gone in ("script", "alert", "position", "/accounts/1/remove", "tracker.test"):
        assert gone not in shown.source
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    (link,) = [each for each in shown.all("a") if "href" in each.attrib]
    assert link.attrib["rel"] == "noopener noreferrer"
    assert [each.attrib for each in shown.all("base")] == [{"target": "_blank"}]


def test_images_of_other_servers_are_shown_only_to_whoever_asks(client: Visitor, have):
    placed = have("HTML")
    page = client.visit(f"/mailbox/{placed.id}")
    (ask,) = [link for link in page.all("a") if words(link) == "Show the images"]
    asked = client.visit(ask.attrib["href"])
    assert "Show the images" not in asked.text
    shown = client.visit(asked.one("iframe").attrib["src"])
    assert "https://tracker.test/1.png" in shown.source
    assert "img-src 'self' http: https:" in shown.headers["Content-Security-Policy"]


def test_an_image_that_came_along_is_shown_by_us(client: Visitor, have):
    placed = have("HTML")
    shown = client.visit(f"/mailbox/{placed.id}/document")
    (source,) = [image.attrib["src"] for image in shown.all("img") if "src" in image.attrib]
    image = client.client.get(source)
    assert image.mimetype == "image/png"
    assert image.data.startswith(b"\x89PNG")


def test_a_file_is_handed_out_and_never_opened(client: Visitor, have):
    page = client.visit(f"/mailbox/{have('HTML').id}")
    link = page.one("a", class_="file-name")
    assert words(link) == "umowa ż.html"
    handed = client.client.get(link.attrib["href"])
    assert handed.data == b"<script>1</script>"
    assert handed.mimetype == "application/octet-stream"
    assert handed.headers["Content-Disposition"] == "attachment; filename*=utf-8''umowa%20%C5%BC.html"
    assert "sandbox" in handed.headers["Content-Security-Policy"]


def test_an_image_is_read_without_the_rest_of_the_message(client: Visitor, have, monkeypatch):
    shown = client.visit(f"/mailbox/{have('HTML').id}/document")
    (source,) = [image.attrib["src"] for image in shown.all("img") if "src" in image.attrib]
    monkeypatch.setattr("app.mailbox.whole", None)
    image = client.client.get(source)
    assert image.status_code == 200
    assert "private" in image.headers["Cache-Control"]


NO_IMAGES = ("0", "99", "0?to=1", "0?to=99999999999", "5?to=4", "0?to=x", "0?to=300", "9" * 5000, f"0?to={'9' * 5000}")


def test_who_searches_is_not_asked_for_again(client: Visitor, have):
    have()
    assert not [it for it in client.visit("/mailbox/?search=oferta").all("span") if "hx-get" in it.attrib]


@pytest.mark.parametrize("state", ["half characters", "no address"])
def test_whatever_a_stranger_wrote_can_be_read_and_answered(client: Visitor, have, state, monkeypatch):
    head = "Content-Type: text/plain; charset=utf-7\r\n\r\n+2AA- you\r\n"
    monkeypatch.setitem(cast.RECEIVED, "half characters", head)
    monkeypatch.setitem(cast.RECEIVED, "no address", "\r\nyou\r\n")
    if state == "no address":
        monkeypatch.setattr(cast, "_HEAD", f"From: {'a:' * 4000}\r\nSubject: x{{number}}\r\n")
    placed = have(state)
    for rest in ("", "/answer"):
        assert client.visit(f"/mailbox/{placed.id}{rest}").status == 200


@pytest.mark.parametrize("rest", ["files/0", "files/99", f"files/{'9' * 5000}", *(f"images/{it}" for it in NO_IMAGES)])
def test_what_is_no_file_or_no_image_is_not_there(client: Visitor, have, rest):
    assert client.visit(f"/mailbox/{have('HTML').id}/{rest}").status == 404


def test_the_source_is_shown_as_it_came(client: Visitor, have):
    answer = client.client.get(f"/mailbox/{have('plain').id}/source")
    assert answer.mimetype == "text/plain"
    assert answer.data.endswith("Dzień <b>dobry</b>,\r\npytanie.\r\n-- \r\nJan\r\n".encode())


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("gone", "This message is not in its folder on the server any more; it is kept here."),
        ("headers only", "Of messages larger than 40 MB only the headers are fetched."),
        ("broken", "is broken"),
    ],
)
def test_what_is_special_about_a_message_is_said(client: Visitor, have, state, said):
    assert said in client.visit(f"/mailbox/{have(state).id}").text


def test_nobody_looks_on_the_server_for_what_is_gone_there(client: Visitor, have, session: Session):
    placed = have("headers only")
    placed.gone_at = placed.received_at
    session.commit()
    said = client.visit(f"/mailbox/{placed.id}").text
    assert "The rest was on the server." in said
    assert "The rest is" not in said


def test_what_was_moved_into_another_folder_is_not_called_gone(client: Visitor, have, session: Session):
    placed = have("headers only")
    placed.gone_at = clock.now()
    archive = Folder(account_id=placed.account_id, name="Archiwum", title="Archiwum", uidvalidity=1)
    session.add(archive)
    session.flush()
    names = ("account_id", "digest", "received_at", "uidvalidity", "uid", "seen")
    same = {name: getattr(placed, name) for name in names}
    moved = Placement(folder_id=archive.id, **same)
    session.add(moved)
    session.commit()
    for place in (placed, moved):
        page = client.visit(f"/mailbox/{place.id}")
        assert "any more" not in page.text
        assert "The rest is on the server" in page.text
        assert page.said("message-placed") == "Archiwum"
    moved.gone_at = clock.now()
    session.commit()
    assert "not in its folder on the server any more" in client.visit(f"/mailbox/{moved.id}").text


def test_who_misses_the_rest_of_a_large_message_is_told_where_it_is(client: Visitor, have):
    said = client.visit(f"/mailbox/{have('headers only').id}").text
    assert "The rest is on the server: open the message with another mail program." in said


def test_looking_at_a_message_writes_nothing_and_the_page_says_by_itself_that_it_was_read(
    client: Visitor, have, session: Session
):
    placed = have()
    page = client.visit(f"/mailbox/{placed.id}")
    session.rollback()
    assert not placed.is_read
    form = page.one("form", id="message-seen")
    assert form.attrib["hx-trigger"] == "load"
    client.submit(page, form, htmx=True)
    session.rollback()
    assert placed.is_read
    again = client.visit(f"/mailbox/{placed.id}")
    form = again.one("form", id="message-seen")
    assert "hx-trigger" not in form.attrib
    client.submit(again, form, button="Mark as unread")
    session.rollback()
    assert not placed.is_read


def test_an_answer_goes_back_in_the_thread_from_the_account_that_got_it(client: Visitor, have, account):
    placed = have("plain", account)
    page = client.visit(f"/mailbox/{placed.id}/answer")
    assert page.value("to") == '"Jan Żółw <&>" <jan@firma.test>'
    assert (page.value("subject") or "").startswith("Re: Oferta <&> ")
    assert page.value("sender") == str(account.id)
    text = page.value("text") or ""
    assert "> Dzień <b>dobry</b>,\n> pytanie." in text
    # Written at ten by the clock of Warsaw, which pages go by.
    assert "On Nov 2, 2026, 10:00:00 AM Jan Żółw <&> wrote:" in text.replace("\u202f", " ")
    assert "> Jan" not in text
    own = page.one("input", name="in-reply-to").attrib["value"]
    assert own.endswith("@firma.test>")
    assert page.one("input", name="references").attrib["value"] == f"<1@infirma.pl> {own}"


def test_all_others_are_answered_by_whoever_asks_for_it(client: Visitor, have, account):
    placed = have("to many", account)
    page = client.visit(f"/mailbox/{placed.id}")
    (link,) = [each for each in page.all("a", class_="button") if words(each) == "Answer all"]
    answer = client.visit(link.attrib["href"])
    assert answer.value("to") == '"Jan Żółw <&>" <jan@firma.test>'
    assert answer.value("cc") == '"Ola, Kadry" <ola@firma.test>, piotr@firma.test'
    assert not client.visit(f"/mailbox/{placed.id}/answer").value("cc")


def test_where_nobody_else_got_it_nobody_else_is_answered(client: Visitor, have):
    assert "Answer all" not in client.visit(f"/mailbox/{have('plain').id}").text


def test_what_is_quoted_is_seen_before_anything_is_typed(client: Visitor, have, account, session: Session):
    placed = have("plain", account)
    frame = client.visit(f"/mailbox/{placed.id}/answer").one("iframe")
    shown = client.visit(frame.attrib["src"])
    assert "&gt; Dzień &lt;b&gt;dobry&lt;/b&gt;," in shown.source
    assert f"sender={account.id}" in frame.attrib["src"]
    assert session.scalars(select(OutgoingMessage)).all() == [], "looking writes nothing"


def test_who_has_no_name_leaves_no_hole(client: Visitor, have):
    text = client.visit(f"/mailbox/{have('from nobody').id}/answer").value("text") or ""
    assert " this was written:\n> Treść" in text
    assert "  " not in text


def test_what_is_not_there_is_not_found(client: Visitor, session: Session):
    assert session.scalars(select(Placement)).all() == []
    for rest in ("", "/document", "/source", "/answer", "/answer/picture", "/files/1", "/images/1"):
        assert client.visit(f"/mailbox/5{rest}").status == 404


def test_the_way_back_leads_to_where_one_was(client: Visitor, have, account):
    have("plain", account), have("seen", account)
    asked = f"/mailbox/?account={account.id}&search=oferta&unread=y"
    page = client.visit(asked)
    (link,) = [it.attrib["href"] for it in page.one("ul", class_="mailbox").iter("a")]
    message = client.visit(link)
    (back,) = [it.attrib["href"] for it in message.all("a") if words(it) == "Back to the messages"]
    assert back == asked
    read = client.submit(message, message.one("form", id="message-seen"))
    assert back in [it.attrib["href"] for it in read.all("a")]
    unread = client.submit(read, read.one("form", id="message-seen"), button="Mark as unread")
    assert unread.title == "Received"
    assert (unread.value("search"), unread.value("unread")) == ("oferta", "y")


def test_where_a_message_lies_is_said_unless_it_is_the_inbox(client: Visitor, have, session: Session):
    placement = have("plain")
    assert not client.visit(f"/mailbox/{placement.id}").all(id="message-placed")
    folder = session.get_one(Folder, placement.folder_id)
    folder.name, folder.title = "Klienci.Nowi", "Klienci \u203a Nowi"
    session.commit()
    assert client.visit(f"/mailbox/{placement.id}").said("message-placed") == "Klienci \u203a Nowi"
    assert "Klienci \u203a Nowi" in words(client.visit("/mailbox/").one("li", id=f"received-{placement.id}"))


def test_a_message_that_was_long_under_way_has_two_times(client: Visitor, have, session: Session):
    placement = have("plain")
    message = session.get_one(Message, placement.digest)
    assert "Written" in client.visit(f"/mailbox/{placement.id}").said("message-content")
    message.dated_at = placement.received_at
    session.commit()
    assert "Written" not in client.visit(f"/mailbox/{placement.id}").said("message-content")


def test_mail_that_outlives_its_account_is_searched_and_says_who_answers(
    client: Visitor, have, account, session: Session, app
):
    placement = have("plain", account)
    accounts.remove(session, account)
    session.commit()
    assert client.visit("/mailbox/").one("form", id="mailbox-filter")
    assert subjects(client.visit("/mailbox/?search=oferta"))
    with app.app_context():
        cast.account(session, current_config().vault)
    assert "deleted or switched off" in client.visit(f"/mailbox/{placement.id}/answer").text

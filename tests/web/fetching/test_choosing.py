"""What people choose about the fetching of an account: one form, and nothing typed is lost."""

from io import BytesIO

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, fetching
from app.models import Account, FetchState, Folder, ListedSender
from tests.web.page import Page, Visitor, words


@pytest.fixture
def listed(session: Session):
    """Return the senders that are listed for an account now."""

    def read(account: Account) -> list[str]:
        session.rollback()
        found = select(ListedSender.pattern).where(ListedSender.account_id == account.id)
        return sorted(session.scalars(found))

    return read


def submit(client: Visitor, account: Account, **typed: object) -> Page:
    """Send the form about the fetching of ``account`` with what was ``typed``."""
    page = client.visit(f"/fetching/{account.id}")
    return client.submit(page, page.one("form", id="fetching-choices"), **typed)


def test_folders_are_ticked_and_called_what_they_are_for(client: Visitor, have, session: Session):
    account = have("fetched")
    page = client.visit(f"/fetching/{account.id}")
    folders = page.one("fieldset", id="fetching-folders")
    assert [words(label) for label in folders.iter("label")] == ["Inbox", 'Różne "<b>"', "Sent mail (Wysłane)"]
    ids = [box.attrib["value"] for box in folders.iter("input") if box.attrib.get("name") == "folder"]
    token = page.all("input", name="csrf_token")[0].attrib["value"]
    ticked = [*ids[1:], "nonsense", "99999999", "1" * 5000]
    form = page.one("form", id="fetching-choices")
    seen = page.one("input", name="seen").attrib["value"]
    client.post(form.attrib["action"], {"csrf_token": token, "seen": seen, "folders-shown": "y", "folder": ticked})
    session.rollback()
    chosen = session.scalars(select(Folder.name).where(Folder.account_id == account.id, Folder.chosen)).all()
    assert sorted(chosen) == ['R&APM-&AXw-ne "<b>"', "Wys&AUI-ane"]
    client.language = "pl"
    assert "Skrzynka odbiorcza" in client.visit(f"/fetching/{account.id}").said("fetching-folders")


def test_a_form_that_showed_no_folders_unticks_none(client: Visitor, have, session: Session):
    account = have("fetched")
    page = client.visit(f"/fetching/{account.id}")
    token = page.all("input", name="csrf_token")[0].attrib["value"]
    seen = page.one("input", name="seen").attrib["value"]
    answer = client.post(f"/fetching/{account.id}/choices", {"csrf_token": token, "seen": seen, "interval": "7"})
    assert "The settings are saved." in answer.text
    session.rollback()
    assert session.scalars(select(Folder.name).where(Folder.account_id == account.id, Folder.chosen)).all() == ["INBOX"]


def test_the_second_of_two_people_who_choose_is_told_and_overwrites_nothing(client: Visitor, have, listed):
    account = have("fetched")
    opened = client.visit(f"/fetching/{account.id}")
    form = opened.one("form", id="fetching-choices")
    client.submit(opened, form, senders="infirma.pl")
    page = client.submit(opened, form, interval="7")
    assert page.status == 422
    assert "Somebody else has changed these settings meanwhile, so nothing was saved." in page.text
    assert page.value("interval") == "7"
    assert listed(account) == ["@infirma.pl"]
    form = page.one("form", id="fetching-choices")
    assert "name" not in next(form.iter("button")).attrib, "Enter presses the first button"
    assert client.submit(page, form).status == 422
    (newer,) = (button for button in form.iter("button") if button.attrib.get("name") == "follow")
    token = page.all("input", name="csrf_token")[0].attrib["value"]
    typed = {"csrf_token": token, "interval": "7", "folders-shown": "y", "follow": newer.attrib["value"]}
    client.post(form.attrib["action"], typed)
    assert listed(account) == []
    assert client.visit(f"/fetching/{account.id}").value("interval") == "7"


def test_the_first_fetch_of_an_account_is_nobodys_choice(client: Visitor, have, session: Session):
    account = have("working")
    opened = client.visit(f"/fetching/{account.id}")
    fetching.ensure(session, now=clock.now())
    session.commit()
    page = client.submit(opened, opened.one("form", id="fetching-choices"), interval="7")
    assert "The settings are saved." in page.text


def test_folders_that_the_server_has_no_more_are_shown_only_while_they_are_ticked(client: Visitor, have, session):
    account = have("fetched")
    for folder in session.scalars(select(Folder).where(Folder.account_id == account.id, Folder.name != "INBOX")):
        folder.listed, folder.chosen = False, folder.special_use == "sent"
    session.commit()
    said = client.visit(f"/fetching/{account.id}").said("fetching-folders")
    assert "Sent mail (Wysłane)" in said
    assert "not on the server any more" in said
    assert "Różne" not in said


@pytest.mark.parametrize("by", ["button", "fetch now"])
def test_the_folders_are_asked_for_again_and_then_shown_by_themselves(client: Visitor, have, state_of, by):
    account = have("fetched")
    page = client.visit(f"/fetching/{account.id}")
    assert not [it for it in page.one("fieldset", id="fetching-folders").iter("span") if "hx-get" in it.attrib]
    if by == "button":
        button = "Save and ask the server for its folders"
        after = client.submit(page, page.one("form", id="fetching-choices"), button=button, interval="7")
        assert state_of(account).interval_minutes == 7
    else:
        now = next(it for it in page.all("form") if it.attrib["action"].endswith("/now"))
        after = client.submit(page, now)
    assert state_of(account).folders_listed_at is None
    (look,) = [it for it in after.one("fieldset", id="fetching-folders").iter("span") if "hx-get" in it.attrib]
    alone = client.visit(look.attrib["hx-get"], htmx=True)
    assert [it.tag for it in alone.root] == ["fieldset"]
    assert client.visit(look.attrib["hx-get"]).is_document


@pytest.mark.parametrize("state", ["fetched", "off", "new"])
def test_all_of_it_is_saved_at_once(client: Visitor, have, state_of, listed, state):
    account = have(state)
    submit(client, account, interval="7", mark_seen=True, senders="infirma.pl", listed_only=True)
    state = state_of(account)
    assert (state.interval_minutes, state.mark_seen, state.listed_senders_only) == (7, True, True)
    assert listed(account) == ["@infirma.pl"]


@pytest.mark.parametrize("typed", ["0", "1441", "five", "-1", "1.5", "99999999999"])
def test_an_interval_that_makes_no_sense_is_told_and_nothing_typed_is_lost(
    client: Visitor, have, state_of, listed, typed
):
    account = have("fetched")
    refused = submit(client, account, interval=typed, mark_seen=True, senders="infirma.pl", folder=[])
    assert refused.status == 422
    assert refused.value("interval") == typed
    assert "between 1 and 1440" in refused.said("interval-error")
    assert (refused.value("mark-seen"), (refused.value("senders") or "").strip()) == ("y", "infirma.pl")
    assert not [it for it in refused.all("input", name="folder") if "checked" in it.attrib]
    assert state_of(account).interval_minutes is None
    assert listed(account) == []


def test_senders_are_typed_and_come_from_a_file(client: Visitor, have, listed, state_of):
    account = have("fetched")
    table = 'Name;Email\r\n"Żółw, Jan";Jan@Firma.test\r\nOla;ola@firma.test\r\n'
    for encoding in ("utf-8-sig", "cp1250", "utf-16"):
        file = (BytesIO(table.encode(encoding)), "contacts.csv")
        submit(client, account, senders="infirma.pl\n", listed_only=True, senders_file=file)
        assert listed(account) == ["@infirma.pl", "jan@firma.test", "ola@firma.test"]
    assert state_of(account).listed_senders_only


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", ""),
        ("Bez;\r\n", "One row of the file was passed over"),
        ("Bez;\r\nSp. z o.o.;+48 22\r\n", "2 rows of the file were passed over"),
    ],
)
def test_people_without_an_address_are_passed_over_in_a_file_and_counted(client: Visitor, have, listed, rows, said):
    account = have("fetched")
    file = (BytesIO(f"Name;Email\r\nJan;jan@firma.test\r\n{rows}Ola;ola@firma.test\r\n".encode()), "contacts.csv")
    saved = submit(client, account, senders_file=file)
    assert listed(account) == ["jan@firma.test", "ola@firma.test"]
    assert "The settings are saved." in saved.text
    assert said in saved.text
    assert ("passed over" in saved.text) is bool(rows)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("not an address", "Line 1: “not an address” is neither"),
        ("", "at least one address"),
        (
            "ola@firma.test\n" + "no\n" * 7,
            "Line 6: “no” is neither an address nor a domain such as infirma.pl. 2 more",
        ),
        ("x" * 140_000, "Line 1"),
        ("\n".join(f"jan{number}@firma.test" for number in range(20_001)), "at most 20,000"),
        ("x@firma.test\n" * 200_000, "at most 20,000"),
    ],
)
def test_senders_that_make_no_sense_are_kept_and_told(client: Visitor, have, state_of, typed, said):
    account = have("fetched")
    refused = submit(client, account, senders=typed, listed_only=True)
    assert refused.status == 422
    assert said in refused.said("senders-error")
    assert said in refused.said("error-summary"), "the field may be far below"
    assert (refused.value("senders") or "").strip() == typed.strip()
    assert not state_of(account).listed_senders_only


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe", "not a list of addresses (CSV)"),
        (b"PK\x03\x04" + bytes(range(256)), "not a list of addresses (CSV)"),
        (b"\xff\xfe\0", "not a list of addresses (CSV)"),
        (b"x" * (4 * 1024 * 1024 + 1), "not a list of addresses (CSV)"),
        (b"Ola;ola@firma.test\nJan;\nEwa;ewa@firma", "Line 3: “Ewa;ewa@firma” is neither"),
        (b"Name;Email\nOla;\nJan;+48 600", "no address and no domain in this file"),
        (b"", "no address and no domain in this file"),
        ("\n".join(f"jan{number}@firma.test" for number in range(20_000)).encode(), "at most 20,000"),
    ],
)
def test_a_file_without_sense_is_told_beside_it_and_leaves_what_was_typed(client: Visitor, have, listed, data, said):
    account = have("fetched")
    refused = submit(client, account, senders="infirma.pl", senders_file=(BytesIO(data), "x.csv"))
    assert refused.status == 422
    assert said in refused.said("senders-file-error")
    assert (refused.value("senders") or "").strip() == "infirma.pl"
    assert not refused.all(id="senders-error")
    assert listed(account) == []


def test_a_list_as_long_as_they_get_is_saved_and_saved_again(client: Visitor, have, listed):
    account = have("fetched")
    names = sorted(f"osoba.{number}@przedsiebiorstwo-{number}.test" for number in range(20_000))
    half = "\n".join(names[:10_000])
    file = (BytesIO("\n".join(names[10_000:]).encode()), "x.csv")
    assert submit(client, account, senders=half, senders_file=file).status == 200
    assert listed(account) == names
    assert submit(client, account, interval="7").status == 200
    assert listed(account) == names


def test_a_new_address_or_password_has_the_folders_listed_anew(have, session: Session, state_of):
    account = have("fetched")
    assert state_of(account).folders_listed_at is not None
    account.incoming_version += 1
    session.flush()
    fetching.claim_due(session, now=clock.now(), most=9)
    assert session.get_one(FetchState, account.id, populate_existing=True).folders_listed_at is None

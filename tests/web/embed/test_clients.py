"""The register of sites as an administrator uses it: keys are shown once, and nothing typed is lost."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import connection_tests, embed
from app.models import ConnectionTest, EmbedClient
from tests import cast
from tests.web.page import Page, Visitor, words

TYPED = {
    "name": "Helpdesk",
    "origins": "https://helpdesk.infirma.pl\r\n\r\n  HTTPS://Helpdesk.infirma.pl:8443 \r\n",
    "return_addresses": "https://helpdesk.infirma.pl/accounts",
    "locale": "pl",
    "link_minutes": "45",
    "starts_active": False,
}


def stored(session: Session) -> EmbedClient:
    session.rollback()
    return session.scalars(select(EmbedClient)).one()


def add(client: Visitor, **typed: object) -> Page:
    return client.submit(client.visit("/embed-clients/new"), **{**TYPED, **typed})


def key_on(page: Page) -> str:
    return page.value("client-key") or ""


def test_only_administrators_have_the_register(client, admin_client):
    assert "Embedding" not in client.visit("/accounts/").text
    assert "Embedding" in words(admin_client.visit("/accounts/").one("nav"))
    for url in ("/embed-clients/", "/embed-clients/new", "/embed-clients/1"):
        assert client.visit(url).status == 403
    assert admin_client.visit("/embed-clients/1").status == 404


def test_a_site_is_registered_and_its_key_shown_once(admin_client, session):
    assert "No site embeds the form yet" in admin_client.visit("/embed-clients/").text
    page = add(admin_client)
    key = key_on(page)
    client = stored(session)
    assert embed.find_by_key(session, key) is not None
    assert (client.name, client.locale, client.link_minutes, client.starts_active) == ("Helpdesk", "pl", 45, False)
    assert client.origins == ["https://helpdesk.infirma.pl", "https://helpdesk.infirma.pl:8443"]
    assert client.return_addresses == ["https://helpdesk.infirma.pl/accounts"]
    assert page.headers["Cache-Control"] == "no-store"
    assert page.source.count(key) == 1
    example = words(page.one("pre"))
    assert "Bearer $KEY" in example
    assert "http://localhost/api/embed-links" in example
    assert '"return_address": "https://helpdesk.infirma.pl/accounts"' in example
    for url in ("/embed-clients/", f"/embed-clients/{client.id}", f"/embed-clients/{client.id}/key"):
        assert key not in admin_client.visit(url).source
    page = admin_client.visit("/embed-clients/")
    assert "https://helpdesk.infirma.pl, https://helpdesk.infirma.pl:8443" in page.text
    assert "0 accounts in the last week" in page.text


def test_neither_session_nor_log_knows_the_key(admin_client, session, caplog):
    with caplog.at_level(0):
        key = key_on(add(admin_client))
    assert key not in caplog.text
    with admin_client.client.session_transaction() as content:
        assert key not in str(dict(content))


def test_what_is_stored_is_shown_and_saved_as_it_was(admin_client, session):
    layout = cast.form_layout(session)
    add(admin_client, layout=str(layout.id))
    before = stored(session)
    counted = {"changed_at", "version"}
    values = {it.key: getattr(before, it.key) for it in EmbedClient.__mapper__.column_attrs if it.key not in counted}
    page = admin_client.visit(f"/embed-clients/{before.id}")
    assert page.value("origins") == "https://helpdesk.infirma.pl\nhttps://helpdesk.infirma.pl:8443"
    assert page.value("layout") == str(layout.id)
    page = admin_client.submit(page)
    assert "“Helpdesk” is saved." in page.text
    assert f"Layout “{layout.name}”" in page.text
    after = stored(session)
    assert {column: getattr(after, column) for column in values} == values


def test_the_second_of_two_administrators_is_told_and_brings_nothing_back(admin_client, session):
    add(admin_client)
    opened = admin_client.visit(f"/embed-clients/{stored(session).id}")
    admin_client.submit(opened, origins="")
    page = admin_client.submit(opened, name="Service desk")
    assert page.status == 422
    assert "Somebody else has changed this site meanwhile, so nothing was saved." in page.text
    assert page.value("name") == "Service desk"
    assert page.value("origins") == opened.value("origins") != ""
    assert (stored(session).name, stored(session).origins) == ("Helpdesk", [])
    # Once more without a look at what the other one did.
    assert admin_client.submit(page).status == 422
    admin_client.submit(page, button="Replace theirs with mine")
    assert (stored(session).name, len(stored(session).origins)) == ("Service desk", 2)


def test_everything_can_be_changed(admin_client, session):
    add(admin_client)
    page = admin_client.visit(f"/embed-clients/{stored(session).id}")
    admin_client.submit(
        page,
        name="  Service   desk ",
        origins="",
        return_addresses="",
        locale="",
        link_minutes="1440",
        starts_active=True,
    )
    client = stored(session)
    assert (client.name, client.origins, client.return_addresses) == ("Service desk", [], [])
    assert (client.locale, client.link_minutes, client.starts_active) == (None, 1440, True)
    assert "In no frame, only as a page of its own" in admin_client.visit("/embed-clients/").text


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", " ", "Type a name for the site."),
        ("name", "x" * 101, "at most 100 characters"),
        ("name", "a\u202eb", "on one line"),
        ("origins", "https://a.pl\nhttps://b.pl/x", "Line 2: End after the name of the server"),
        ("origins", "https://*.a.pl", "Line 1: Name each server in full"),
        ("origins", "a.pl", "Line 1: Begin with https:// and the name of the server"),
        ("origins", "\n\nhttp://a.pl", "Line 3: Begin with https:// instead of http://"),
        ("origins", "https://a.pl:443", "Leave out the port"),
        ("origins", "https://a.pl\u2028https://b.pl", "Line 1: "),
        ("origins", "\n".join(f"https://a{number}.pl" for number in range(21)), "at most 20 addresses"),
        ("return-addresses", "//a.pl", "Line 1: Begin with https://"),
        ("return-addresses", "https://a.pl/\nHTTPS://a.pl/", "Line 2: Write https://"),
        ("return-addresses", "https://a.pl\\@b.pl", "no backslash"),
        ("return-addresses", "https://a@b.pl/", "Leave out the user name"),
        ("return-addresses", "https://a.pl/#", "Leave out the #"),
        ("link-minutes", "", "Type how many minutes"),
        ("link-minutes", "0", "from 1 to 1440"),
        ("link-minutes", "1441", "from 1 to 1440"),
        ("link-minutes", "half an hour", "from 1 to 1440"),
        ("layout", "99", "Choose one of the entries"),
        ("locale", "de", "Choose one of the entries"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(admin_client, session, field, typed, said):
    page = add(admin_client, **{field.replace("-", "_"): typed})
    assert page.status == 422
    assert said in page.said(f"{field}-error")
    assert said in page.said("error-summary")
    for name, value in {**TYPED, field.replace("-", "_"): typed}.items():
        if name in ("layout", "locale", "starts_active"):
            continue
        assert " ".join((page.value(name.replace("_", "-")) or "").split()) == " ".join(str(value).split())
    assert "checked" not in page.field("starts-active").attrib
    session.rollback()
    assert session.scalars(select(EmbedClient)).all() == []


def test_a_line_break_at_the_start_comes_back(admin_client):
    page = add(admin_client, origins="\nhttp://a.pl")
    assert page.value("origins") == "\nhttp://a.pl"


def test_two_sites_cannot_have_one_name(admin_client, session):
    add(admin_client)
    page = add(admin_client)
    assert "Another site has this name" in page.said("name-error")
    other = cast.embed_client(session)[0]
    page = admin_client.submit(admin_client.visit(f"/embed-clients/{other.id}"), name="Helpdesk", link_minutes="7")
    assert (page.status, page.value("link-minutes")) == (422, "7")
    assert "Another site has this name" in page.said("name-error")
    assert page.title == other.name


def test_a_layout_that_is_deleted_while_the_form_is_open(admin_client, session, monkeypatch):
    layout = cast.form_layout(session)
    page = admin_client.visit("/embed-clients/new")
    monkeypatch.setattr("app.web.embed.routes._layouts", lambda: [(str(layout.id + 9), "Gone")])
    page = admin_client.post("/embed-clients/new", {**_posted(page), "layout": str(layout.id + 9)})
    assert page.status == 422
    assert "Somebody has deleted this layout" in page.said("layout-error")


def _posted(page: Page) -> dict[str, str]:
    return {
        "csrf_token": page.one(id="embed-client").find("input").attrib["value"],
        "name": "Helpdesk",
        "link-minutes": "30",
    }


def test_a_new_key_replaces_the_old_one(admin_client, session):
    old = key_on(add(admin_client))
    page = admin_client.visit(f"/embed-clients/{stored(session).id}/key")
    assert page.title == "New key for “Helpdesk”?"
    new = key_on(admin_client.submit(page))
    session.rollback()
    assert embed.find_by_key(session, old) is None
    assert embed.find_by_key(session, new).name == "Helpdesk"


@pytest.mark.parametrize("url", ["", "/key", "/remove"])
def test_a_site_that_is_deleted_in_the_very_moment_is_not_there(admin_client, session, monkeypatch, url):
    add(admin_client)
    page = admin_client.visit(f"/embed-clients/{stored(session).id}{url}")
    get = embed.get

    def get_just_before(of_the_app: Session, client_id: int) -> EmbedClient:
        found = get(of_the_app, client_id)
        if session.get(EmbedClient, client_id) is not None:
            embed.remove(session, get(session, client_id))
            session.commit()
        return found

    monkeypatch.setattr(embed, "get", get_just_before)
    answer = admin_client.submit(page)
    if url == "/remove":
        assert "“Helpdesk” is deleted" in answer.text  # which is what was wanted
    else:
        assert (answer.status, answer.title) == (404, "There is nothing here")


def test_a_test_cancelled_in_the_very_moment_in_which_its_site_is_deleted_has_ended_with_its_link(
    guest, session, monkeypatch
):
    page = guest.press("Test connection")
    client, find_own = guest.link.client_id, connection_tests.find_own

    def find_just_before(*asked: object) -> ConnectionTest | None:
        found = find_own(*asked)
        if session.get(EmbedClient, client) is not None:
            embed.remove(session, embed.get(session, client))
            session.commit()
        return found

    monkeypatch.setattr(connection_tests, "find_own", find_just_before)
    answer = guest.visitor.submit(page, button="Cancel the test")
    assert answer.status == 410
    assert session.scalars(select(ConnectionTest)).all() == []


def test_a_site_is_deleted(admin_client, session):
    add(admin_client)
    page = admin_client.submit(admin_client.visit(f"/embed-clients/{stored(session).id}/remove"))
    assert "“Helpdesk” is deleted" in page.text
    session.rollback()
    assert embed.list_all(session) == []


@pytest.mark.parametrize("rubbish", ["a\0b", "x" * 5000, "9" * 30, "2147483648", "\ufffe\u202e", "a\vb"], ids=ascii)
@pytest.mark.parametrize(
    "field", ["name", "origins", "return-addresses", "layout", "locale", "link-minutes", "starts-active"]
)
def test_rubbish_in_any_field_is_no_crash(admin_client, session, field, rubbish):
    posted = _posted(admin_client.visit("/embed-clients/new"))
    response = admin_client.client.post(
        "/embed-clients/new",
        data={**posted, field: rubbish.encode("utf-8", "surrogatepass").decode("utf-8", "replace")},
    )
    assert response.status_code in (200, 422)

"""One link sees neither another link's tests nor a person's, and nothing that was there before it."""

import pytest
from sqlalchemy import select

from app.models import Base
from tests import cast
from tests.web.embed.conftest import CANARY, SENT, same_link

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
# Everything below a link that can be posted to; the test's id comes in its place.
POSTS = [
    "",
    "/",
    "/accounts/new",
    "/accounts/additional",
    "/accounts/suggestions",
    "/connection-tests/",
    "/connection-tests/{}/cancel",
    "/connection-tests/{}/fix",
]


def everything(session) -> dict[str, list[tuple[object, ...]]]:
    session.rollback()
    tables = Base.metadata.sorted_tables
    return {table.name: sorted(map(tuple, session.execute(select(table))), key=repr) for table in tables}


@pytest.fixture
def theirs(session, vault, member) -> str:
    """The id of a person's test that has failed, with a password held."""
    return cast.connection_test(session, vault, member, "failed").id


def test_a_link_sees_no_test_of_a_person(guest, theirs, session):
    before = everything(session)
    for path in (f"/connection-tests/{theirs}", f"/connection-tests/{theirs}?around=form"):
        assert guest.get(path).status_code == 404
        assert guest.get(path, **HTMX).status_code == 404
    for action in ("cancel", "fix"):
        assert guest.send(f"/connection-tests/{theirs}/{action}", SENT | {"fix": "smtp-0"}).status_code == 404
    assert everything(session) == before


def test_a_link_sees_no_test_of_another_link(come, session):
    first, second = come(), come()
    first.press("Test connection")
    failed = first.work("failed").id
    before = everything(session)
    assert first.get(f"/connection-tests/{failed}").status_code == 200
    assert second.get(f"/connection-tests/{failed}").status_code == 404
    assert second.send(f"/connection-tests/{failed}/cancel").status_code == 404
    assert second.send(f"/connection-tests/{failed}/fix", SENT | {"fix": "smtp-0"}).status_code == 404
    assert everything(session) == before


def test_a_person_sees_no_test_of_a_link(guest, client, admin_client):
    guest.press("Test connection")
    failed = guest.work("failed").id
    for visitor in (client, admin_client):
        assert visitor.client.get(f"/connection-tests/{failed}").status_code == 404
        page = visitor.visit("/accounts/new")
        token = page.form().find("input").attrib["value"]
        for action in ("cancel", "fix"):
            posted = {"csrf_token": token, "fix": "smtp-0"}
            assert visitor.client.post(f"/connection-tests/{failed}/{action}", data=posted).status_code == 404


def test_a_password_that_somebody_else_has_typed_is_not_used(come, theirs):
    first, second = come(), come()
    first.press("Test connection")
    of_first = first.work("failed").id
    for held in (theirs, of_first):
        fields = SENT | {"imap-password": "", "connection-test": held, "submission": "somebody-elses-form-1"}
        answer = second.send("", fields)
        assert answer.status_code == 422
        assert "Kept as you typed it" not in answer.text
    assert second.tests == []


def test_what_a_link_has_proven_counts_for_it_alone(come, client, enqueued):
    first, second = come(), come()
    first.press("Test connection")
    first.work()
    second.press("Save changes")
    assert len(enqueued) == 2
    assert second.accounts == []


def test_whoever_holds_the_same_link_is_in_front_of_the_same_form(guest, app):
    guest.press("Test connection")
    failed = guest.work("failed").id
    assert same_link(guest, app).get(f"/connection-tests/{failed}").status_code == 200


@pytest.mark.parametrize("path", POSTS)
def test_no_account_that_is_there_already_is_read_or_changed(guest, session, vault, path):
    account = cast.account(session, vault)
    guest.press("Test connection")
    before = tuple(session.execute(select(Base.metadata.tables["accounts"])).one())
    session.rollback()
    fields = SENT | {"account": str(account.id), "version": str(account.version), "imap-password": "", "fix": "smtp-0"}
    answer = guest.send(path.format(guest.tests[0].id), fields)
    assert account.email not in answer.text
    assert account.name not in answer.text
    assert "Unchanged" not in answer.text
    guest.send(path.format(guest.tests[0].id), SENT | fields | {"imap-password": CANARY})
    session.rollback()
    assert tuple(session.execute(select(Base.metadata.tables["accounts"])).one()) == before
    assert {test.account_id for test in guest.tests} == {None}


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("spoil", ["AAAA", "", "."], ids=["changed", "left out", "nothing in it"])
def test_without_a_good_token_nothing_is_written(guest, admin_client, session, path, spoil):
    guest.press("Test connection")
    test = guest.work("failed").id
    before = everything(session)
    token = guest.token[:-4] + spoil if spoil != "." else spoil
    for visitor in (guest.visitor, admin_client):
        for headers in ({}, HTMX, {"Origin": "https://pomoc.infirma.pl"}):
            url = f"/embed/{token}{path.format(test)}"
            answer = visitor.client.post(url, data=SENT | {"fix": "smtp-0"}, headers=headers)
            assert answer.status_code == 404
    assert everything(session) == before


def test_with_the_token_the_same_posts_are_heard(guest, session, enqueued):
    guest.press("Test connection")
    test = guest.work("failed").id
    for number, path in enumerate(POSTS):
        before = everything(session)
        fields = SENT | {"fix": "smtp-0", "connection-test": test, "smtp-host": f"smtp{number}.infirma.pl"}
        assert guest.send(path.format(test), fields).status_code in (200, 303)
        if "additional" not in path and "suggestions" not in path and "cancel" not in path:
            assert everything(session) != before, path


@pytest.mark.parametrize(
    "path", ["", "/identity", "/imap", "/smtp", "/advanced", "/buttons?sections=imap", "/connection-tests/{}"]
)
def test_looking_never_writes(guest, session, path):
    guest.press("Save changes")
    test = guest.work("failed").id
    before = everything(session)
    for headers in ({}, HTMX, {"Origin": "https://pomoc.infirma.pl"}, {"X-HTTP-Method-Override": "POST"}):
        for method in ("GET", "HEAD", "OPTIONS"):
            url = f"{guest.url}{path.format(test)}"
            assert guest.visitor.client.open(url, method=method, headers=headers).status_code < 300
    assert everything(session) == before

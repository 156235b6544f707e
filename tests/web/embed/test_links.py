"""What a link opens, and what it does not: one plain page, no cookie, nothing of anybody else."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from itsdangerous import Signer

from app import embed, sending
from app.clock import now
from app.form_layouts import BUILT_IN, Words
from app.models import EmbedLink, RoundTripState
from tests import cast
from tests.web.embed.conftest import BACK, SENT, Guest, directive
from tests.web.page import Page

SECRET = "tajny stan 4711"
# Whoever came by a link may use these and nothing else.
EMBEDDABLE = {
    "accounts.add",
    "accounts.add_buttons",
    "accounts.add_in_sections",
    "accounts.create",
    "accounts.lead_to_the_form",
    "accounts.show_additional",
    "accounts.suggestions",
    "connection_tests.cancel",
    "connection_tests.fix",
    "connection_tests.lead_to_the_test",
    "connection_tests.show",
    "connection_tests.start",
}
# Documents in frames of our own pages, in a sandbox.
FRAMED_BY_US = {"mail.picture", "stationery.sample", "stationery.starter_sample"}
PATHS = ["", "/", "/identity", "/buttons", "/accounts/new", "/accounts/suggestions", "/connection-tests/x", "/nonsense"]


def signed(link_id: str, key: bytes) -> str:
    return Signer(key, salt="embed-link", key_derivation="hmac", digest_method="sha256").sign(link_id).decode()


@pytest.fixture
def told(come) -> Guest:
    """Somebody whose link knows something that nobody else may learn."""
    return come(email="tajna@infirma.pl", name="Tajna", return_address=BACK, state=SECRET)


def spoil(how: str, guest: Guest) -> str:
    """Return the token of ``guest`` as it is after something has happened to it, or to its link."""
    nonce, _dot, signature = guest.token.partition(".")
    spoiled = {
        "bad signature": f"{nonce}.{'A' * len(signature)}",
        "cut signature": guest.token[:-1],
        "longer signature": f"{guest.token}A",
        "signature in other words": f"{guest.token[:-1]}{chr(ord(guest.token[-1]) + 1)}",
        "no signature": nonce,
        "no nonce": f".{signature}",
        "signature alone": signature,
        "another nonce": f"{'A' * len(nonce)}.{signature}",
        "two nonces": f"{nonce}.{guest.token}",
        "other key": signed(nonce, b"another key that signs links 0001"),
        "space": f"{guest.token}%20",
        "line": f"{guest.token}%0A",
        "nothing of it": "x" * 5000,
        "not UTF-8": "%FF%FE",
        "null": "a%00b",
    }
    return spoiled[how]


TAMPERED = [
    "bad signature",
    "cut signature",
    "longer signature",
    "signature in other words",
    "no signature",
    "no nonce",
    "signature alone",
    "another nonce",
    "two nonces",
    "other key",
    "space",
    "line",
    "nothing of it",
    "not UTF-8",
    "null",
]


def end(how: str, guest: Guest) -> None:
    link = guest.link
    if how == "expired":
        link.expires_at = now()
    elif how == "used":
        link.used_at = now()
    elif how == "forgotten":
        guest.session.delete(link)
    else:
        embed.remove(guest.session, embed.get(guest.session, link.client_id))
    guest.session.commit()


def judge_plain(page: Page, guest: Guest, status: int, title: str) -> None:
    """Fail unless ``page`` is the one plain page that says what to do, and nothing else."""
    assert (page.status, page.title) == (status, title)
    for tag in ("header", "nav", "footer", "form", "a", "input", "img"):
        assert page.all(tag) == [], tag
    assert "Go back to the page that led you here" in page.text
    nonce, _dot, signature = guest.token.partition(".")
    for secret in (SECRET, "tajna@", "Tajna", "powr", "Pomoc", nonce, signature):
        assert secret not in page.source, secret
    assert "Set-Cookie" not in page.headers


def judge_framed(page: Page, framed_by: str) -> None:
    """Fail unless the pages of ``framed_by`` may have ``page`` in a frame, which tells them its height."""
    assert f"frame-ancestors {framed_by};" in page.headers["Content-Security-Policy"]
    assert page.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert page.one("main").attrib["data-embed-origins"] == framed_by


@pytest.mark.parametrize("how", TAMPERED)
def test_a_link_that_nobody_has_signed_is_one_plain_page(told, visitor, how):
    token = spoil(how, told)
    for path in PATHS:
        page = visitor.visit(f"/embed/{token}{path}")
        judge_plain(page, told, 404, "This link leads to no form")
        judge_framed(page, "*")


@pytest.mark.parametrize(
    ("how", "title"),
    [
        ("expired", "This form was open too long"),
        ("used", "This form has been used"),
        ("forgotten", "This form was open too long"),
        ("client deleted", "This form was open too long"),
    ],
)
def test_a_link_that_is_over_is_one_plain_page_for_its_site_if_that_is_known(told, site, how, title):
    end(how, told)
    framed_by = " ".join(site.origins) if how in ("expired", "used") else "*"
    for path in PATHS:
        if path.startswith("/connection-tests") and how in ("expired", "used"):
            continue  # how a test ended is still shown
        page = told.open(path)
        judge_plain(page, told, 410, title)
        judge_framed(page, framed_by)
        posted = told.send(path)
        assert (posted.status_code, "Set-Cookie" in posted.headers) == (410, False)
    assert told.accounts == []


def test_htmx_is_told_in_a_notice_above_what_was_typed(told):
    end("expired", told)
    answer = told.send("", None, HX_Request="true", HX_Request_Type="partial")
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (410, "#notices")
    assert "This form was open too long" in answer.text
    assert SECRET not in answer.text


def test_what_is_not_a_link_at_all_is_no_page(visitor):
    for url in ("/embed", "/embed/", "/embed//imap"):
        answer = visitor.client.get(url)
        assert answer.status_code == 404
        assert directive(answer, "frame-ancestors") == "'none'"


def test_a_link_signed_before_the_key_was_rotated_stays_good(app, come, vault, visitor):
    guest = come()
    nonce = guest.token.partition(".")[0]
    assert guest.token == signed(nonce, embed.link_keys(vault)[0])
    assert visitor.visit(guest.url).status == 200


def test_a_good_link_is_a_form_without_chrome_for_exactly_its_site(app, session, come, guest):
    page = guest.open()
    assert (page.status, page.title) == (200, "New account")
    assert [page.all(tag) for tag in ("header", "nav", "footer")] == [[], [], []]
    assert page.form().attrib["action"] == f"{guest.url}/accounts/new"
    assert page.one("main").attrib["data-embed-origins"] == "https://pomoc.infirma.pl"
    several = cast.embed_client(session, origins=("https://a.infirma.pl", "https://b.infirma.pl:8443"))[0]
    nowhere = cast.embed_client(session, origins=())[0]
    assert directive(come(several).get(), "frame-ancestors") == "https://a.infirma.pl https://b.infirma.pl:8443"
    assert directive(come(nowhere).get(), "frame-ancestors") == "'none'"
    assert directive(guest.get("/nonsense"), "frame-ancestors") == "https://pomoc.infirma.pl"


def test_a_form_may_lead_on_to_the_return_address_of_its_link_and_nowhere_else(come):
    assert directive(come().get(), "form-action") == "'self'"
    assert directive(come(return_address=BACK).get(), "form-action") == "'self' https://pomoc.infirma.pl"


def test_a_change_of_the_sites_origins_counts_at_once(guest, site, session):
    site.origins = ["https://inna.infirma.pl"]
    session.commit()
    assert directive(guest.get(), "frame-ancestors") == "https://inna.infirma.pl"


def addresses(app, guest: Guest, vault, admin) -> list[tuple[str, str, str]]:
    """Return method, address below the link and endpoint of every route of the app."""
    account = cast.account(guest.session, vault).id
    client = cast.embed_client(guest.session)[0].id
    layout = cast.form_layout(guest.session).id
    design = cast.stationery(guest.session)
    written = cast.message(guest.session, vault, admin, "draft")
    file = sending.attach(guest.session, written, "umowa.pdf", BytesIO(b"%PDF"))
    guest.session.commit()
    round_trip = cast.round_trip(guest.session, vault, admin, RoundTripState.RUNNING)
    values = {
        "account_id": account,
        "client_id": client,
        "layout_id": layout,
        "filename": "css/form.css",
        "section": "imap",
        "test_id": guest.tests[0].id,
        "token": guest.token,
        "stationery_id": design.id,
        "content_id": design.images[0].content_id,
        "submission": "a-sketch-of-nobody",
        "starter": "card",
        "message_id": written.id,
        "attachment_id": file.id,
        "round_trip_id": round_trip.id,
        "placement_id": 1,
        "number": 1,
        "trouble_id": 1,
    }
    found = []
    # What stands at "/" everywhere else is the form below a link.
    for rule in (rule for rule in app.url_map.iter_rules() if rule.endpoint != "home"):
        for method in sorted({"GET", "POST", "PUT", "PATCH", "DELETE"} & (rule.methods or set())):
            given = {name: values[name] for name in rule.arguments}
            with app.test_request_context():
                path = app.url_map.bind("localhost").build(rule.endpoint, given, method=method, append_unknown=False)
            found.append((method, path, "" if rule.build_only else rule.endpoint))
    return found


def test_below_a_link_only_the_form_and_its_tests_answer(app, guest, vault, admin, admin_client):
    guest.press("Test connection")
    guest.work("failed")
    targets = addresses(app, guest, vault, admin)
    before = {it.id for it in guest.accounts}
    answered, cookies = set(), []
    for method, path, endpoint in targets:
        for visitor in (guest.visitor, admin_client):
            answer = visitor.client.open(f"{guest.url}{path}", method=method, data={"fix": "smtp-0"})
            assert answer.status_code < 500
            cookies += answer.headers.getlist("Set-Cookie")
            if answer.status_code != 404:
                answered.add(endpoint)
            else:
                assert directive(answer, "frame-ancestors") == "https://pomoc.infirma.pl", path
    assert answered == EMBEDDABLE
    assert cookies == []
    assert {it.id for it in guest.accounts} == before


def test_no_other_page_may_be_framed_by_anybody(app, guest, vault, admin, admin_client):
    guest.press("Test connection")
    endings = ("/remove", "/sign-out")
    framed = set()
    for method, path, endpoint in addresses(app, guest, vault, admin):
        if path.startswith("/embed/") or (method == "POST" and path.endswith(endings)):
            continue
        answer = admin_client.client.open(path, method=method)
        if directive(answer, "frame-ancestors") != "'none'":
            assert directive(answer, "frame-ancestors") == "'self'", (method, path)
            assert "allow-scripts" not in directive(answer, "sandbox")
            framed.add(endpoint)
    assert framed == FRAMED_BY_US


def test_cookies_are_neither_set_nor_heard(guest, admin_client, admin, session):
    admin.locale = "pl"
    session.commit()
    with admin_client.client.session_transaction() as content:
        content["locale"] = "pl"
    answer = admin_client.client.get(guest.url, headers={"Accept-Language": "en"})
    assert "New account" in answer.text
    assert admin.email not in answer.text
    posted = admin_client.client.post(guest.url, data=SENT | {"email": "nie adres"})
    assert posted.status_code == 422
    for it in (answer, posted, admin_client.client.get(f"{guest.url}/accounts/")):
        assert "Set-Cookie" not in it.headers
        assert "Cookie" not in it.headers["Vary"]
    assert admin_client.client.get(f"{guest.url}/accounts/").status_code == 404


def test_the_site_chooses_the_language_else_the_browser(app, session, come):
    polish = come(cast.embed_client(session, locale="pl")[0])
    assert polish.open().one("html").attrib["lang"] == "pl"
    assert come().open().one("html").attrib["lang"] == "en"
    end("expired", polish)
    assert polish.open().one("html").attrib["lang"] == "pl"


def test_the_site_chooses_the_layout(session, come, guest):
    called = replace(BUILT_IN.by_name["email"], label=Words(en="Mailbox of the ticket"))
    layout = cast.form_layout(session, BUILT_IN.with_place(called))
    layout.for_clients = True
    session.commit()
    page = come(cast.embed_client(session, layout_id=layout.id)[0]).open()
    assert "Mailbox of the ticket" in page.said("email-row")
    assert "Mailbox of the ticket" not in guest.open().said("email-row")


def test_a_link_lives_exactly_as_long_as_its_site_says(come, session):
    guest = come(cast.embed_client(session, link_minutes=7)[0])
    left = session.get_one(EmbedLink, guest.token.partition(".")[0]).expires_at - now()
    assert timedelta(minutes=6) < left <= timedelta(minutes=7)

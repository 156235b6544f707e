"""The form inside a page of another origin: which origins, in which words, with which ids, in which parts."""

from urllib.parse import urlsplit

import html5lib
import pytest

from tests.web.embed.conftest import BACK, ORIGIN, SENT, Guest
from tests.web.page import Page, words

OURS = "http://localhost"
STRANGER = "https://zly.test"
HTMX_4 = {"HX-Request": "true", "HX-Request-Type": "partial"}
HTMX_2 = {"HX-Request": "true"}
WISHES = "?prefix=p-&sections=identity,imap,smtp"
SECTIONS = ["identity", "imap", "smtp", "advanced"]
SERVERS = [f"{side}-{part}" for side in ("imap", "smtp") for part in ("host", "port", "security", "username")]


def look(guest: Guest, path: str = "", *, status: int = 200, **headers: str) -> Page:
    """Return what a script of the site's page gets."""
    answer = guest.get(path, **({"Origin": ORIGIN} | HTMX_4 | headers))
    assert answer.status_code == status
    return Page(answer, path)


def addresses(page: Page) -> list[str]:
    names = ("action", "formaction", "hx-post", "hx-get", "href", "src")
    return [element.attrib[name] for element in page.all() for name in names if name in element.attrib]


# Origins


@pytest.mark.parametrize("path", ["", "/identity", "/buttons", "/nonsense", "/accounts/suggestions", "/?prefix=%20"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_registered_origin_may_read_every_answer_also_errors(guest, method, path):
    answer = guest.visitor.client.open(f"{guest.url}{path}", method=method, headers={"Origin": ORIGIN} | HTMX_4)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "HX-Retarget" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]
    assert answer.status_code < 500


def test_it_may_read_that_the_link_is_over(guest, session):
    guest.link.used_at = guest.link.created_at
    session.commit()
    answer = guest.send(Origin=ORIGIN, **HTMX_4)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (410, ORIGIN)


@pytest.mark.parametrize("path", ["", "/identity", "/connection-tests/", "/nonsense"])
def test_a_browser_that_asks_first_is_told_what_it_may_send(guest, path):
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    answer = guest.visitor.client.options(f"{guest.url}{path}", headers=headers)
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST"
    allowed = {name.strip() for name in answer.headers["Access-Control-Allow-Headers"].split(",")}
    assert {"HX-Request", "HX-Request-Type", "HX-Source", "HX-Target", "HX-Current-URL", "HX-Trigger"} <= allowed
    assert "Cookie" not in allowed


@pytest.mark.parametrize(
    "origin",
    [
        STRANGER,
        "null",
        "",
        f"{ORIGIN}.zly.test",
        f"{ORIGIN}/",
        f"{ORIGIN}:443",
        ORIGIN.upper(),
        ORIGIN.replace("https", "http"),
        f"{ORIGIN} {STRANGER}",
        "https://localhost",
        f"{OURS}:80",
        f"{OURS}.zly.test",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_another_origin_gets_nothing(guest, method, origin, enqueued):
    for path in ("", "/identity", "/connection-tests/"):
        url = f"{guest.url}{path}"
        answer = guest.visitor.client.open(url, method=method, data=SENT, headers={"Origin": origin})
        assert answer.status_code == 403
        assert not [name for name in answer.headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118  (of headers)
        assert "imap-host" not in answer.text
        assert "Origin" in answer.headers["Vary"]
    assert (guest.tests, enqueued) == ([], [])


def test_our_own_origin_is_no_guest(guest):
    page = Page(guest.send("/accounts/additional", Origin=OURS), "")
    assert page.form().attrib["action"].startswith("/embed/")
    assert "Access-Control-Allow-Origin" not in page.headers
    assert page.all(class_="skrzynka-guest") == []


def test_a_changed_list_of_origins_counts_at_once(guest, site, session):
    site.origins = [STRANGER]
    session.commit()
    assert guest.get("/identity", Origin=ORIGIN).status_code == 403
    assert guest.get("/identity", Origin=STRANGER).status_code == 200


def test_outside_of_links_no_origin_is_answered(client, admin_client):
    for visitor in (client, admin_client):
        for path in ("/accounts/new", "/accounts/", "/static/css/form.css", "/api/embed-links"):
            for method in ("get", "options"):
                answer = getattr(visitor.client, method)(path, headers={"Origin": ORIGIN})
                assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("name", ["embed.js", "skrzynka.js", "css/form.css", "vendor/htmx/htmx.min.js"])
def test_pages_of_other_origins_may_load_the_scripts_and_the_style(visitor, name):
    answer = visitor.client.get(f"/static/{name}")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


# Addresses, ids and editions of htmx


@pytest.mark.parametrize("path", ["", "/identity", "/imap", "/smtp", "/advanced", "/buttons?sections=imap"])
def test_in_a_page_of_another_origin_every_address_is_whole(guest, path):
    found = addresses(look(guest, path))
    assert found
    assert {address for address in found if not address.startswith(f"{OURS}{guest.url}/")} == set()


def test_in_a_frame_every_address_stays_relative_and_below_the_link(guest):
    found = [it for it in addresses(guest.open()) if not it.startswith("/static/")]
    assert {it for it in found if not it.startswith((f"{guest.url}/", "#"))} == set()


@pytest.mark.parametrize(("htmx", "style"), [(HTMX_4, "outerMorph"), (HTMX_2, "outerHTML")])
def test_each_edition_of_htmx_gets_a_swap_that_it_knows(guest, htmx, style):
    other = {"outerMorph": "outerHTML", "outerHTML": "outerMorph"}[style]
    headers = {"Origin": ORIGIN} | htmx
    refused = guest.send("", SENT | {"email": ""}, **headers)
    assert refused.status_code == 422
    assert refused.headers["HX-Reswap"].split()[0] == style
    started = guest.send("", **headers)
    shown = guest.visitor.client.get(started.headers["Location"], headers=headers)
    assert shown.headers["HX-Reswap"].split()[0] == style
    assert f'hx-swap="{style}' in shown.text
    assert f'hx-target="#connection-test" hx-swap="{other}' not in refused.text + shown.text


def test_a_host_pages_address_is_never_replaced(guest):
    started = guest.send("", Origin=ORIGIN, **HTMX_4)
    shown = guest.visitor.client.get(started.headers["Location"], headers={"Origin": ORIGIN} | HTMX_4)
    assert shown.status_code == 200
    assert not {"HX-Replace-Url", "HX-Push-Url"} & set(shown.headers.keys())
    # In a frame it is ours, and a reload finds the test.
    test = guest.tests[-1].id
    framed = guest.get(f"/connection-tests/{test}?around=form", **HTMX_4)
    assert framed.headers["HX-Replace-Url"] == f"{guest.url}/connection-tests/{test}"


@pytest.mark.parametrize("prefix", ["p-", "A", "a_B-9", "x" * 32])
def test_every_id_begins_with_the_prefix_that_the_page_wishes(guest, prefix):
    for path in ("", *(f"/{section}" for section in SECTIONS), "/buttons"):
        page = look(guest, f"{path}?prefix={prefix}{'&sections=imap' if path == '/buttons' else ''}")
        ids = {element.attrib["id"] for element in page.all() if "id" in element.attrib}
        assert ids
        assert {it for it in ids if not it.startswith(prefix)} == set()
        for name in ("for", "aria-describedby", "aria-labelledby"):
            used = {it for element in page.all() for it in element.attrib.get(name, "").split()}
            assert used <= ids
        for name in ("hx-target", "hx-indicator"):
            targets = {element.attrib[name] for element in page.all() if name in element.attrib}
            assert {it for it in targets if not it.startswith(f"#{prefix}")} == set()
        # The names are what is sent, and stay.
        assert all(not element.attrib["name"].startswith(prefix) for element in page.all("input") if prefix != "A")


def test_the_end_of_a_form_has_to_be_told_its_sections(guest):
    assert guest.visitor.client.get(f"{guest.url}/buttons", headers={"Origin": ORIGIN} | HTMX_4).status_code == 400


def test_the_prefix_and_the_sections_go_along_to_every_answer(guest):
    posted = guest.send(f"/accounts/suggestions{WISHES}", {"email": "a@wp.pl"}, Origin=ORIGIN, **HTMX_4)
    assert 'id="p-suggestions"' in posted.text
    assert 'id="p-imap-host"' in posted.text
    started = guest.send(WISHES, Origin=ORIGIN, **HTMX_4)
    assert "prefix=p-" in started.headers["Location"]
    shown = guest.visitor.client.get(started.headers["Location"], headers={"Origin": ORIGIN} | HTMX_4)
    assert shown.headers["HX-Retarget"] == "#p-account-end"
    guest.work("failed")
    panel = guest.get(f"/connection-tests/{guest.tests[-1].id}{WISHES}", Origin=ORIGIN, **HTMX_4)
    assert 'id="p-smtp-host-verdict"' in panel.text
    assert {it for it in addresses(Page(panel, "")) if "prefix=p-" not in it} == set()


@pytest.mark.parametrize(
    "wishes",
    [
        "prefix=%22%3E%3Cscript%3E",
        "prefix=9a",
        "prefix=-a",
        "prefix=a.b",
        "prefix=a%20b",
        "prefix=a%0A",
        "prefix=%C5%BC",
        "prefix=" + "x" * 33,
        "prefix=%00",
        "prefix=a&prefix=b",
        "prefix=a&prefix=a",
        "prefix=&prefix=",
        "sections=identity&sections=imap",
        "sections=nonsense",
        "sections=identity,nonsense",
        "sections=identity,identity",
        "sections=identity,",
        "sections=,",
        "sections=Identity",
        "sections=identity%20",
        "sections=identity%00",
        "sections=buttons",
    ],
)
@pytest.mark.parametrize("path", ["", "/identity", "/buttons", "/accounts/suggestions", "/connection-tests/"])
def test_wishes_that_are_not_understood_are_refused(guest, wishes, path):
    for method in ("GET", "POST"):
        url = f"{guest.url}{path}?{wishes}"
        answer = guest.visitor.client.open(url, method=method, data=SENT, headers={"Origin": ORIGIN} | HTMX_4)
        assert answer.status_code == 400
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "script>" not in answer.text
    assert guest.tests == []


# Parts


def names(page: Page) -> set[str]:
    controls = [element for element in page.all() if element.tag in ("input", "select", "textarea")]
    return {element.attrib["name"] for element in controls if element.attrib.get("type") != "hidden"}


def test_a_section_alone_is_one_element_with_all_its_fields(guest):
    found = {}
    for section in SECTIONS:
        page = look(guest, f"/{section}?prefix=p-")
        roots = list(html5lib.parseFragment(page.source, namespaceHTMLElements=False))
        assert [root.attrib["id"] for root in roots] == [f"p-section-{section}"]
        assert page.all("form") == page.all("html") == []
        found[section] = names(page)
    assert {"name", "email", "colour"} <= found["identity"]
    assert {"imap-host", "imap-port", "imap-security", "imap-username", "imap-password"} <= found["imap"]
    assert {"smtp-host", "smtp-port", "smtp-security", "smtp-auth"} <= found["smtp"]
    assert "active" in found["advanced"]
    assert not found["imap"] & found["smtp"]


@pytest.mark.parametrize("path", ["/nonsense", "/identity/imap", "/Identity", "/advanced/x", "/identity%00", "/any"])
def test_a_section_that_there_is_not_is_not_found(guest, path):
    assert guest.get(path, Origin=ORIGIN).status_code == 404


def test_a_form_of_sections_saves_what_they_hold(guest, enqueued):
    every = "?prefix=p-&sections=identity,imap,smtp,advanced"
    buttons = look(guest, f"/buttons{every}")
    send = buttons.all("button")[0].attrib
    assert send["formaction"] == send["hx-post"] == f"{OURS}{guest.url}/accounts/new{every}"
    hidden = {it.attrib["name"]: it.attrib["value"] for it in buttons.all("input", type="hidden")}
    assert "csrf_token" not in hidden
    guest.send(f"/accounts/new{every}", SENT | hidden | {"colour": "#123456"}, Origin=ORIGIN, **HTMX_4)
    assert guest.tests[-1].details["colour"] == "#123456"
    guest.work()
    answer = guest.get(f"/connection-tests/{guest.tests[-1].id}{every}", Origin=ORIGIN, **HTMX_4)
    assert answer.headers["HX-Retarget"] == "#p-account-end"
    assert 'id="p-account-end"' in answer.text
    assert "skrzynka:saved" in answer.headers["HX-Trigger"]


def test_sections_that_are_left_out_get_what_would_be_suggested_and_hear_nothing(guest):
    fields = {
        "name": "Biuro",
        "email": "biuro@infirma.pl",
        "imap-host": "podrzucony.test",
        "imap-password": "tajne",
        "imap-port": "143",
        "smtp-host": "podrzucony.test",
        "smtp-port": "26",
    }
    wishes = "?sections=identity,imap"
    fields |= {"imap-username": "biuro", "trusted": "infirma.pl"}
    guest.send(f"/accounts/new{wishes}", fields, Origin=ORIGIN, **HTMX_4)
    typed = guest.tests[-1].details
    assert (typed["imap-host"], typed["imap-port"]) == ("podrzucony.test", 143)
    assert typed["smtp-host"] == "infirma.pl"
    assert typed["smtp-port"] in (465, 587)
    assert typed["active"] is True


def test_without_the_address_the_end_of_the_form_asks_for_suggestions_with_a_script_or_without(come):
    guest = come(email="biuro@nieznana.test", name="Biuro")
    end = look(guest, "/buttons?sections=imap,smtp")
    (asked,) = [urlsplit(it.attrib["hx-post"]) for it in end.all("span") if "hx-post" in it.attrib]
    (button,) = [it for it in end.all("button") if words(it) == "Suggest settings"]
    assert asked.path == urlsplit(button.attrib["formaction"]).path
    assert "again" not in asked.query, "it is no look again: the network is to be asked"


@pytest.mark.parametrize("sections", ["identity,imap", "imap", "imap,smtp", "identity,imap,smtp"])
def test_a_guess_is_asked_about_in_any_form_that_asks_for_a_password(come, sections):
    guest, wishes = come(email="biuro@infirma.pl", name="Biuro"), f"?sections={sections}"
    fields = {"name": "Biuro", "email": "biuro@infirma.pl", "imap-password": "tajne"}
    first = Page(guest.send(f"/accounts/suggestions{wishes}", fields, Origin=ORIGIN, **HTMX_4), "")
    fields |= {name: first.value(name) or "" for name in SERVERS if first.all(id=name)}
    fields |= {"suggested": first.all(name="suggested")[0].attrib["value"], "smtp-auth": "y"}
    fields["smtp-same-credentials"] = "y"
    refused = guest.send(f"/accounts/new{wishes}", fields, Origin=ORIGIN, **HTMX_4)
    page = Page(refused, "")
    assert refused.status_code == 422
    assert "Nobody vouches for this server of infirma.pl" in page.text
    assert page.one(name="trusted").attrib["value"] == "infirma.pl"
    assert guest.tests == []
    agreed = guest.send(f"/accounts/new{wishes}", fields | {"trusted": "infirma.pl"}, Origin=ORIGIN, **HTMX_4)
    assert agreed.status_code == 303
    assert len(guest.tests) == 1


@pytest.mark.parametrize("section", ["smtp", "advanced"])
def test_a_guess_about_which_the_page_has_no_field_is_said_above_the_form(come, section):
    guest = come(email="biuro@infirma.pl", name="Biuro")
    refused = guest.send(f"/accounts/new?sections={section}", {}, Origin=ORIGIN, **HTMX_4)
    assert refused.status_code == 422
    assert "Nobody vouches for this server of infirma.pl" in Page(refused, "").said("error-summary")
    assert guest.tests == []


def test_without_the_section_of_the_password_it_is_said_and_nothing_is_lost(guest, enqueued):
    sent = SENT | {"trusted": "infirma.pl"}
    answer = guest.send("/accounts/new?sections=identity", sent, Origin=ORIGIN, **HTMX_4)
    assert answer.status_code == 422
    page = Page(answer, "")
    assert "password" in page.said("error-summary").lower()
    assert enqueued == []


def test_errors_come_back_in_the_sections_that_the_page_has(guest):
    answer = guest.send(
        f"/accounts/new{WISHES}", SENT | {"email": "nie adres", "imap-port": "0"}, Origin=ORIGIN, **HTMX_4
    )
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#p-account-end")
    page = Page(answer, "")
    assert page.said("p-email-error")
    assert page.said("p-imap-port-error")
    assert page.value("p-email") == "nie adres"
    out_of_band = {it.attrib["id"] for it in page.all("div", class_="account-section")}
    assert out_of_band == {"p-section-identity", "p-section-imap", "p-section-smtp"}
    for section in page.all("div", class_="account-section"):
        assert section.attrib["hx-swap-oob"] == "outerMorph"
    assert "tajne" not in answer.text


def test_suggestions_change_only_what_the_page_has(guest):
    fields = {"email": "biuro@infirma.pl", "additional": "shown"}
    answer = guest.send("/accounts/suggestions?sections=identity,imap", fields, Origin=ORIGIN, **HTMX_4)
    page = Page(answer, "")
    assert page.value("imap-host") == "infirma.pl"
    assert page.all(id="smtp-host") == []


def test_without_a_script_the_host_pages_form_leads_to_ours_with_everything_typed(guest):
    answer = guest.send(f"/accounts/new{WISHES}", SENT | {"email": "nie adres"}, Origin=ORIGIN)
    assert answer.status_code == 422
    page = Page(answer, "")
    assert page.is_document
    assert page.value("p-email") == "nie adres"
    assert words(page.one(id="p-email-error"))


# The same thing said twice


def test_of_a_field_that_is_sent_twice_one_counts_everywhere(guest):
    twice = [("imap-host", "pierwszy.infirma.pl"), ("imap-host", "drugi.infirma.pl"), ("email", "b@infirma.pl")]
    fields = [*twice, *((name, value) for name, value in SENT.items() if name != "imap-host")]
    body = "&".join(f"{name}={value}" for name, value in fields)
    guest.visitor.client.post(guest.url, data=body, content_type="application/x-www-form-urlencoded")
    (test,) = guest.tests
    assert test.details["imap-host"] == "pierwszy.infirma.pl"
    assert test.details["email"] == "b@infirma.pl"
    guest.work()
    (account,) = guest.accounts
    assert (account.imap_host, account.email) == ("pierwszy.infirma.pl", "b@infirma.pl")


def test_what_the_address_says_is_no_field(guest):
    answer = guest.get("?email=obcy@infirma.pl&imap-host=obcy.test&account=1&submission=x")
    assert "obcy" not in answer.text
    guest.send("?email=obcy@infirma.pl&imap-host=obcy.test&prefix=zz")
    assert guest.tests[-1].details["imap-host"] == "imap.infirma.pl"


def test_who_leads_back_out_of_fragments_goes_to_the_registered_address(come):
    guest = come(return_address=BACK, state="ż")
    guest.send(f"/accounts/new{WISHES}", Origin=ORIGIN, **HTMX_4)
    guest.work()
    answer = guest.get(f"/connection-tests/{guest.tests[-1].id}{WISHES}", Origin=ORIGIN, **HTMX_4)
    account = guest.accounts[0].id
    assert answer.headers["HX-Redirect"] == f"{BACK}&account={account}&state=%C5%BC"
    assert "HX-Redirect" in answer.headers["Access-Control-Expose-Headers"]

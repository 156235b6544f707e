"""What was found out stands in the form, says where it is from, and asks before a password goes to a stranger."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app import accounts
from app.accounts import Tested
from app.autodiscovery import Mail, Offer, ProviderNote, Source, lookups
from app.autodiscovery.providers import built_in
from app.clock import now
from app.config import Config
from app.extensions import QueueUnavailable
from app.form_layouts import BUILT_IN, Visibility
from app.mail.settings import Side
from app.models import ConnectionTest, Lookup
from app.web.autodiscovery.wording import NOTES
from tests import cast
from tests.web.autodiscovery.conftest import offer
from tests.web.form_layouts.conftest import changed
from tests.web.page import Page, Visitor, words

DOMAIN = "infirma.test"
EMAIL = f"biuro@{DOMAIN}"
SUGGEST = "Suggest settings"
PASSWORDS = {"name": "Biuro", "imap_password": "canary"}


def suggest(client: Visitor, *, htmx: bool = False, **typed: object) -> Page:
    return client.submit(client.visit("/accounts/new"), button=SUGGEST, htmx=htmx, **({"email": EMAIL} | typed))


def asks_again(page: Page) -> bool:
    return any(element.attrib.get("hx-trigger", "").startswith("load") for element in page.all("span"))


def test_a_new_address_is_looked_up_once_and_the_general_rule_shows_at_once(client, enqueued):
    first, second = suggest(client, htmx=True), suggest(client)
    assert [job for job, *_ids in enqueued] == ["autodiscovery"]
    assert all(page.value("imap-host") == DOMAIN for page in (first, second))
    assert all("Looking for the settings" in page.said("discovery-progress") for page in (first, second))
    assert asks_again(first)
    assert asks_again(second)


# Of a search that was asked for in a moment nobody can say that it is old already, however slow this machine is.
@pytest.mark.parametrize(
    ("asked", "delay", "hidden"), [(timedelta(seconds=9), 150, True), (-timedelta(seconds=2), 500, False)]
)
def test_a_young_search_is_looked_for_sooner_and_said_later_to_those_who_see(client, session, asked, delay, hidden):
    lookups.ask(session, DOMAIN, now=now() + asked)
    session.commit()
    page = suggest(client, htmx=True)
    (again,) = (it for it in page.all("span") if it.attrib.get("hx-trigger"))
    assert again.attrib["hx-trigger"] == f"load delay:{delay}ms"
    assert ("visually-hidden" in page.one(id="discovery-progress").attrib["class"]) == hidden
    # Without a script the line has a button, and the page stays as it is.
    assert "visually-hidden" not in suggest(client).one(id="discovery-progress").attrib["class"]


def test_looking_again_is_no_other_search(client, app, enqueued):
    app.config["LOOKUPS_PER_PERSON"] = "2 per minute"
    page = suggest(client)
    for _look in range(9):
        assert asks_again(client.submit(page, button=SUGGEST, htmx=True))
    suggest(client, email="anna@other.test")
    assert len(enqueued) == 2


def test_looking_again_knocks_at_no_doors_of_an_address_that_is_being_typed(client, enqueued):
    page = suggest(client)
    form = page.form()
    (again,) = (it for it in page.all("span") if it.attrib.get("hx-trigger"))
    form.attrib["action"] = again.attrib["hx-post"]
    assert asks_again(client.submit(page, form, htmx=True))
    assert not asks_again(client.submit(page, form, htmx=True, email="biuro@infirma.te"))
    assert len(enqueued) == 1
    assert asks_again(client.submit(page, button=SUGGEST, htmx=True, email="biuro@infirma.te"))
    assert len(enqueued) == 2


def test_looking_again_has_a_search_begun_again_that_nobody_has_ended(client, session, enqueued):
    page = suggest(client)
    form = page.form()
    (again,) = (it for it in page.all("span") if it.attrib.get("hx-trigger"))
    form.attrib["action"] = again.attrib["hx-post"]
    session.execute(update(Lookup).values(asked_at=now() - timedelta(minutes=1)))
    session.commit()
    assert asks_again(client.submit(page, form, htmx=True))
    assert len(enqueued) == 2


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    ("source", "marked"),
    [(None, True), (Source.SRV, True), (Source.REDIRECTED, True), (Source.ANSWERED, True), (Source.ISPDB, False)],
)
def test_what_nobody_vouches_for_looks_like_a_guess(client, find, source, marked, htmx):
    find(DOMAIN, *([offer(source, "imap.infirma.test", "smtp.infirma.test", DOMAIN)] if source else []))
    page = suggest(client, htmx=htmx)
    sources = [it for it in page.all("p") if it.attrib.get("id", "").endswith("-source") and words(it)]
    assert len(sources) == 8
    assert [("guess" in it.attrib["class"].split()) for it in sources] == [marked] * 8
    known = client.submit(suggest(client), button=SUGGEST, htmx=htmx, email="anna@wp.pl")
    assert "guess" not in known.one(id="imap-host-source").attrib["class"]


def test_opening_the_form_asks_nobody(client, enqueued):
    assert not asks_again(client.visit("/accounts/new"))
    assert enqueued == []


def test_what_was_found_replaces_the_general_rule_but_nothing_typed(client, find):
    page = suggest(client, smtp_host="smtp.mine.test")
    find_later = client.submit(page, button=SUGGEST)
    assert find_later.value("imap-host") == DOMAIN
    find("other.test", offer(Source.ISPDB, "imap.other.test", "smtp.other.test", "other.test"))
    found = client.submit(find_later, button=SUGGEST, email="Biuro+faktury@Other.test")
    assert found.value("imap-host") == "imap.other.test"
    assert found.value("imap-username") == "Biuro@other.test"
    assert found.said("imap-host-source") == "Suggested by the database of providers."
    assert found.value("smtp-host") == "smtp.mine.test"
    assert found.said("smtp-host-source") == ""
    assert not asks_again(found)
    assert not found.all(id="discovery-progress")


def test_another_account_of_the_domain_teaches_where_the_servers_are_not_who_has_it(client, session, environment):
    vault = Config.from_environment(environment).vault
    colleague = cast.OUTSIDER.join(session).id
    named = (
        ("szef@infirma.test", "szef"),
        ("boss+x@żółw.test", "BOSS@xn--w-uga1v8h.test"),
        ("obcy@other.test", "tajna-nazwa"),
        ("obcy@third.test", "anna@third.test"),
    )
    for email, username in named:
        domain = email.partition("@")[2]
        details = cast.details(
            email=email,
            imap_host=f"mail.{domain}",
            smtp_host=f"mail.{domain}",
            imap_username=username,
            smtp_same_credentials=True,
        )
        proven = Tested(now(), "ok", "ok")
        accounts.create(session, details, submission=None, tested=proven, vault=vault, now=now(), added_by=colleague)
    session.commit()
    page = suggest(client)
    assert (page.value("imap-host"), page.value("imap-username")) == ("mail.infirma.test", "biuro")
    assert "works for another account" in page.said("imap-host-source")
    made = "made from the address as in another account"
    assert made in page.said("imap-username-source")
    whole = suggest(client, email="jan@żółw.test")
    assert whole.value("imap-username") == "jan@xn--w-uga1v8h.test"
    assert made in whole.said("imap-username-source")
    for domain in ("other.test", "third.test"):
        other = suggest(client, email=f"jan@{domain}")
        assert (other.value("imap-host"), other.value("imap-username")) == (f"mail.{domain}", f"jan@{domain}")
        assert "works for another account" in other.said("imap-host-source")
        assert other.said("imap-username-source") == "Guessed from the address.", "how that name was made nobody knows"
        assert "guess" in other.one(id="imap-username-source").attrib["class"]
        assert "tajna-nazwa" not in other.source


@pytest.mark.parametrize("departure", [{"fast_mode": True}, {"imap_pin": "ab" * 32}, {"smtp_pin": "ab" * 32}])
def test_servers_whose_certificates_are_not_checked_as_usual_are_suggested_to_nobody_else(
    client, session, environment, departure
):
    vault = Config.from_environment(environment).vault
    details = cast.details(email="szef@infirma.test", imap_host="own.infirma.test", **departure)
    proven, colleague = Tested(now(), "ok", "ok"), cast.OUTSIDER.join(session).id
    accounts.create(session, details, submission=None, tested=proven, vault=vault, now=now(), added_by=colleague)
    session.commit()
    assert suggest(client).value("imap-host") == "infirma.test"


def test_what_only_a_weak_source_says_needs_a_yes_before_a_password_goes_there(client, find, enqueued):
    find(DOMAIN, offer(Source.MX, "imap.hoster.test", "smtp.hoster.test", DOMAIN))
    page = suggest(client)
    assert "hoster.test" in page.said("discovery")
    for button in ("Save changes", "Test connection"):
        refused = client.submit(page, button=button, **PASSWORDS)
        assert refused.status == 422
        assert "Nobody vouches for this server of hoster.test" in refused.said("imap-host-error")
        assert refused.said("smtp-host-error")
    assert enqueued == []
    agreed = client.submit(refused, button="Test connection", trusted="hoster.test", **PASSWORDS)
    assert agreed.status == 200
    assert [job for job, *_ids in enqueued] == ["connection_tests"]
    assert "checked" in agreed.one(name="trusted").attrib


@pytest.mark.parametrize(
    ("smtp", "links"),
    [("smtp.hoster.test", ["#trusted-1"]), ("smtp.third.test", ["#trusted-1", "#trusted-2"])],
)
def test_what_one_switch_lifts_is_one_thing_to_do(client, find, smtp, links):
    find(DOMAIN, offer(Source.MX, "imap.hoster.test", smtp, DOMAIN))
    refused = client.submit(suggest(client), button="Save changes", **{**PASSWORDS, "name": ""})
    summary = refused.one(id="error-summary")
    assert [link.attrib["href"] for link in summary.iter("a")] == ["#name", *links]
    assert f"{1 + len(links)} things need your attention" in words(summary)
    assert "Incoming mail (IMAP): Server" in words(summary)
    assert refused.said("imap-host-error")
    assert refused.said("smtp-host-error")


def test_a_server_that_somebody_has_typed_needs_no_yes(client, find, enqueued):
    find(DOMAIN, offer(Source.SRV, "imap.hoster.test", "smtp.hoster.test", DOMAIN))
    page = suggest(client, imap_host="mail.third.test", smtp_host="mail.third.test")
    assert not page.all(name="trusted")
    client.submit(page, button="Test connection", **PASSWORDS)
    assert len(enqueued) == 1


@pytest.mark.parametrize(
    ("source", "imap"),
    [
        (Source.ANSWERED, "mail.infirma.test"),
        (Source.AUTOCONFIG, "imap.hoster.test"),
        (Source.ISPDB, "imap.hoster.test"),
    ],
)
def test_nobody_is_asked_where_a_certificate_has_proven_the_name_or_somebody_vouches(
    client, find, enqueued, source, imap
):
    find(DOMAIN, offer(source, imap, imap, DOMAIN))
    page = suggest(client)
    assert not page.all(name="trusted")
    assert client.submit(page, button="Test connection", **PASSWORDS).status == 200
    assert len(enqueued) == 1


@pytest.mark.parametrize("source", [None, Source.SRV])
@pytest.mark.parametrize("button", ["Save changes", "Test connection"])
def test_what_the_address_alone_suggests_needs_a_yes_too(client, find, enqueued, button, source):
    find(DOMAIN, *([offer(source, f"imap.{DOMAIN}", f"smtp.{DOMAIN}", DOMAIN)] if source else []))
    page = suggest(client)
    assert len(page.all(name="trusted")) == 1
    refused = client.submit(page, button=button, **PASSWORDS)
    assert refused.status == 422
    assert f"Nobody vouches for this server of {DOMAIN}" in refused.said("imap-host-error")
    assert f"Nobody vouches for this server of {DOMAIN}" in refused.said("smtp-host-error")
    assert enqueued == []
    assert client.submit(refused, button=button, trusted=DOMAIN, **PASSWORDS).status == 200
    assert len(enqueued) == 1


def test_a_search_that_has_ended_meanwhile_counts_when_the_form_is_sent(client, find, enqueued):
    page = suggest(client)
    find(DOMAIN, offer(Source.ANSWERED, DOMAIN, DOMAIN, DOMAIN))
    enqueued.clear()
    saved = client.submit(page, button="Save changes", **PASSWORDS)
    assert saved.status == 200
    assert [job for job, *_ids in enqueued] == ["connection_tests"]
    assert not saved.all(name="trusted")
    # And the form stays so, also when it is sent once more.
    assert client.submit(saved, button="Test connection", **PASSWORDS).status == 200


def test_a_form_that_is_refused_says_who_suggests_its_servers_by_now(client, find):
    page = suggest(client)
    find(DOMAIN, offer(Source.ANSWERED, DOMAIN, "smtp.hoster.test", DOMAIN))
    refused = client.submit(page, button="Save changes", **PASSWORDS)
    assert refused.status == 422
    assert not refused.all(id="imap-host-error")
    assert refused.said("imap-host-source") != refused.said("smtp-host-source")
    assert refused.said("imap-host-source") == suggest(client).said("imap-host-source")


@pytest.mark.parametrize("source", [Source.ANSWERED, Source.AUTOCONFIG])
def test_another_server_that_was_found_meanwhile_takes_no_place_unasked(client, find, enqueued, source):
    page = suggest(client)
    find(DOMAIN, offer(source, f"imap.{DOMAIN}", f"smtp.{DOMAIN}", DOMAIN))
    enqueued.clear()
    for _press in range(2):
        page = client.submit(page, button="Save changes", **PASSWORDS)
        assert page.status == 422
        assert (page.value("imap-host"), page.value("smtp-host")) == (DOMAIN, DOMAIN)
        assert [link.attrib["href"] for link in page.one(id="error-summary").iter("a")] == ["#trusted-1"]
        assert "only a guess" in page.said("trusted-1-hint")
    assert enqueued == []
    assert client.submit(page, button="Save changes", trusted=DOMAIN, **PASSWORDS).status == 200


@pytest.mark.parametrize("email", ["jan@wp.l", "a@localhost"])
@pytest.mark.parametrize("htmx", [False, True])
def test_what_was_suggested_goes_with_its_address(client, email, htmx):
    page = suggest(client, email="jan@gmail.com", smtp_host="smtp.mine.test")
    assert page.value("imap-host") == "imap.gmail.com"
    emptied = client.submit(page, button=SUGGEST, htmx=htmx, email=email)
    for name in ("imap-host", "imap-port", "imap-username"):
        assert emptied.value(name) == ""
        assert emptied.said(f"{name}-source") == ""
    assert emptied.said("imap-security-source") == ""
    if not htmx:
        assert emptied.value("smtp-host") == "smtp.mine.test"
    assert "gmail" not in emptied.said("discovery")


@pytest.mark.parametrize("email", ["jan@wp.l", EMAIL])
@pytest.mark.parametrize("button", ["Save changes", "Test connection"])
def test_no_password_goes_unasked_to_a_server_that_was_suggested_for_another_address(client, enqueued, button, email):
    page = suggest(client, email="jan@gmail.com")
    refused = client.submit(page, button=button, **PASSWORDS, email=email)
    assert refused.status == 422
    assert "Nobody vouches for this server of gmail.com" in refused.said("imap-host-error")
    assert refused.said("imap-host-source") == "Suggested for another address."
    links = [link.attrib["href"] for link in refused.one(id="error-summary").iter("a")]
    assert "#trusted-1" in links
    assert "#imap-host" not in links
    assert "suggested for another address" in refused.said("trusted-1-hint")
    assert enqueued == []
    assert client.submit(refused, button=button, trusted="gmail.com", **PASSWORDS).status == 200
    assert len(enqueued) == 1


def test_a_site_that_embeds_the_form_gets_no_password_for_another_address_either(visitor, session, enqueued):
    _client, key = cast.embed_client(session)
    asked = visitor.client.post("/api/embed-links", json={}, headers={"Authorization": f"Bearer {key}"})
    opened = visitor.visit(asked.json["url"].removeprefix("http://localhost"))
    page = visitor.submit(opened, button=SUGGEST, email="jan@gmail.com")
    assert page.value("imap-host") == "imap.gmail.com"
    refused = visitor.submit(page, button="Test connection", **PASSWORDS, email=EMAIL)
    assert "Nobody vouches for this server of gmail.com" in refused.said("imap-host-error")
    assert enqueued == []


def test_of_two_servers_the_one_that_was_typed_is_not_asked_about(client, find, enqueued):
    find(DOMAIN)
    page = suggest(client, imap_host="mail.infirma.test")
    refused = client.submit(page, button="Save changes", **PASSWORDS)
    assert not refused.all(id="imap-host-error")
    assert refused.said("smtp-host-error")
    page = client.submit(refused, button="Save changes", smtp_host="mail.infirma.test", **PASSWORDS)
    assert page.status == 200
    assert not page.all(name="trusted")


def test_a_server_without_authentication_gets_no_password_and_needs_no_yes(client, find, enqueued):
    find(DOMAIN)
    page = suggest(client, imap_host="mail.infirma.test")
    assert client.submit(page, button="Save changes", smtp_auth=False, **PASSWORDS).status == 200


SWITCHES = {
    "asked": BUILT_IN,
    "hidden": changed(BUILT_IN, smtp_auth={"visibility": Visibility.HIDDEN, "default": "off"}),
    "read-only": changed(BUILT_IN, smtp_auth={"read_only": True, "default": "off"}),
}


@pytest.mark.parametrize("switch", SWITCHES)
def test_the_form_asks_about_no_server_that_it_sends_no_password(client, session, find, enqueued, switch):
    cast.form_layout(session, SWITCHES[switch])
    find(DOMAIN, offer(Source.SRV, "imap.infirma.test", "smtp.hoster.test", DOMAIN))
    off = {"smtp_auth": False} if switch == "asked" else {}
    page = suggest(client, imap_host="mail.infirma.test", **off)
    assert page.value("smtp-host") == "smtp.hoster.test"
    assert not page.all(name="trusted")
    for htmx in (False, True):
        assert not client.submit(page, button=SUGGEST, htmx=htmx, **off).all(name="trusted")
    assert client.submit(page, button="Test connection", **off, **PASSWORDS).status == 200
    assert len(enqueued) == 1


@pytest.mark.parametrize("htmx", [False, True])
def test_the_form_asks_again_when_authentication_is_switched_on_again(client, find, htmx):
    find(DOMAIN, offer(Source.SRV, "imap.infirma.test", "smtp.hoster.test", DOMAIN))
    page = suggest(client, imap_host="mail.infirma.test", smtp_auth=False)
    on = client.submit(page, button=SUGGEST, htmx=htmx, smtp_auth=True)
    assert [it.attrib["value"] for it in on.all(name="trusted")] == ["hoster.test"]
    refused = client.submit(page, button="Test connection", smtp_auth=True, **PASSWORDS)
    assert refused.status == 422
    assert [it.attrib["value"] for it in refused.all(name="trusted")] == ["hoster.test"]


@pytest.mark.parametrize("htmx", [False, True])
def test_nobody_is_asked_about_a_server_that_is_said_to_want_no_password(client, find, htmx):
    offered = offer(Source.REDIRECTED, "imap.hoster.test", "smtp.third.test", DOMAIN)
    smtp = tuple(replace(way, auth=False) for way in offered.ways[Side.SMTP])
    find(DOMAIN, replace(offered, ways={**offered.ways, Side.SMTP: smtp}))
    assert [it.attrib["value"] for it in suggest(client, htmx=htmx).all(name="trusted")] == ["hoster.test"]


@pytest.mark.parametrize("htmx", [False, True])
def test_a_server_that_wants_no_authentication_is_said_so_unless_somebody_has_switched(client, find, htmx):
    offered = offer(Source.AUTOCONFIG, "imap.infirma.test", "smtp.infirma.test", DOMAIN)
    smtp = tuple(replace(way, auth=False) for way in offered.ways[Side.SMTP])
    find(DOMAIN, replace(offered, ways={**offered.ways, Side.SMTP: smtp}))
    found = suggest(client, htmx=htmx)
    assert not checked(found)
    assert found.said("smtp-auth-source") == "Suggested by the provider's own configuration (https)."
    again = client.submit(suggest(client), button=SUGGEST, smtp_auth=True)
    assert checked(again)
    assert again.said("smtp-auth-source") == ""
    other = client.submit(suggest(client), button=SUGGEST, email="anna@wp.pl", htmx=htmx)
    assert checked(other)


def checked(page: Page) -> bool:
    (switch,) = page.all(name="smtp-auth", type="checkbox")
    return "checked" in switch.attrib


def test_nothing_is_asked_about_a_guess_while_somebody_looks_unless_it_was_asked_already(client, find):
    looking = suggest(client, htmx=True)
    assert looking.all(id="discovery-progress")
    assert not looking.all(name="trusted")
    refused = client.submit(suggest(client), button="Save changes", **PASSWORDS)
    assert refused.all(id="discovery-progress")
    assert len(refused.all(name="trusted")) == 1
    again = client.submit(refused, button=SUGGEST, htmx=True)
    assert again.all(id="discovery-progress")
    assert len(again.all(name="trusted")) == 1


def test_a_yes_to_one_organisation_is_none_to_another(client, find, enqueued):
    find(DOMAIN, offer(Source.MX, "imap.hoster.test", "smtp.third.test", DOMAIN))
    page = client.submit(suggest(client), button="Save changes", trusted="hoster.test", **PASSWORDS)
    assert page.status == 422
    assert not page.all(id="imap-host-error")
    assert "third.test" in page.said("smtp-host-error")
    assert enqueued == []


def test_another_way_of_the_same_source_is_one_press_away(client, find):
    find(DOMAIN, offer(Source.ISPDB, "imap.infirma.test", "smtp.infirma.test", DOMAIN))
    page = client.submit(suggest(client), button="imap.infirma.test, port 143, STARTTLS", **PASSWORDS)
    assert (page.value("imap-port"), page.value("imap-security")) == ("143", "starttls")
    assert page.said("imap-port-source") == ""
    assert page.value("name") == "Biuro"


UNSIGNED = (
    "names servers of infirma.test: whoever stands in between may have",
    "podaje serwery w domenie infirma.test: mógł je podsunąć każdy",
)
WAYLAID = (
    "The configuration of infirma.test comes by way of another organisation",
    "Konfiguracja domeny infirma.test pochodzi od innej organizacji",
)


@pytest.mark.parametrize("email", [EMAIL, f"biuro@sklep.{DOMAIN}"])
@pytest.mark.parametrize(
    ("source", "said"), [(Source.REDIRECTED, WAYLAID), (Source.SRV, UNSIGNED), (Source.MX, UNSIGNED)]
)
def test_a_question_about_a_server_of_ones_own_says_where_the_doubt_lies(client, find, source, said, email):
    domain = email.partition("@")[2]
    find(domain, offer(source, "imap.infirma.test", "smtp.infirma.test", domain))
    english, polish = (words.replace("of infirma.test comes", f"of {domain} comes") for words in said)
    polish = polish.replace("domeny infirma.test", f"domeny {domain}")
    asked = suggest(client, email=email).said("discovery")
    assert english in asked
    assert "I know infirma.test: my password" in asked
    assert "leads to" not in asked
    assert f"for {domain}" not in asked
    client.language = "pl"
    page = client.visit("/accounts/new")
    assert polish in client.submit(page, button="Podpowiedz ustawienia", email=email).said("discovery")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (Source.REDIRECTED, "The configuration of infirma.test leads to servers of hoster.test."),
        (Source.SRV, "names servers of hoster.test for infirma.test."),
    ],
)
def test_a_question_about_a_strangers_server_names_both(client, find, source, said):
    find(DOMAIN, offer(source, "imap.hoster.test", "smtp.hoster.test", DOMAIN))
    assert said in suggest(client).said("discovery")


@pytest.mark.parametrize(
    ("server", "said"),
    [
        ("imap.hoster.test", "infirma.test comes by way of third.test and leads to servers of hoster.test."),
        ("imap.infirma.test", "infirma.test comes by way of third.test, for which nobody vouches; it names"),
        ("imap.third.test", "The configuration of infirma.test leads to servers of third.test."),
    ],
)
def test_a_question_after_a_redirect_says_who_has_led_there(client, find, server, said):
    find(DOMAIN, replace(offer(Source.REDIRECTED, server, server, DOMAIN), led_by="www.third.test"))
    page = suggest(client)
    assert said in page.said("trusted-1-hint")
    refused = client.submit(page, button="Save changes", **PASSWORDS)
    assert said in refused.said("trusted-1-hint")
    client.language = "pl"
    polish = client.submit(client.visit("/accounts/new"), button="Podpowiedz ustawienia", email=EMAIL)
    assert "third.test" in polish.said("trusted-1-hint")


@pytest.mark.parametrize("source", [Source.REDIRECTED, Source.SRV, Source.MX])
def test_another_way_of_a_weak_source_leads_to_no_server_without_a_yes(client, find, enqueued, source):
    there = offer(source, "imap.hoster.test", "smtp.hoster.test", DOMAIN)
    elsewhere = replace(there.ways[Side.IMAP][0], host="imap.evil.test")
    find(DOMAIN, replace(there, ways={**there.ways, Side.IMAP: (*there.ways[Side.IMAP], elsewhere)}))
    page = suggest(client)
    assert "evil.test" not in page.source
    page = client.submit(page, button="imap.hoster.test, port 143, STARTTLS", **PASSWORDS)
    assert page.value("imap-port") == "143"
    assert "hoster.test" in page.one(name="trusted").attrib["value"]
    assert client.submit(page, button="Test connection", **PASSWORDS).status == 422
    assert enqueued == []


def test_another_server_of_somebody_who_vouches_is_one_press_away(client, find):
    there = offer(Source.ISPDB, "imap.infirma.test", "smtp.infirma.test", DOMAIN)
    elsewhere = replace(there.ways[Side.IMAP][0], host="imap2.hoster.test")
    find(DOMAIN, replace(there, ways={**there.ways, Side.IMAP: (there.ways[Side.IMAP][0], elsewhere)}))
    page = client.submit(suggest(client), button="imap2.hoster.test, port 993, SSL/TLS", **PASSWORDS)
    assert page.value("imap-host") == "imap2.hoster.test"


def test_a_way_that_there_is_not_changes_nothing(client, find):
    find(DOMAIN, offer(Source.ISPDB, "imap.infirma.test", "smtp.infirma.test", DOMAIN))
    page = suggest(client)
    fields = {"email": EMAIL, "csrf_token": page.all(name="csrf_token")[0].attrib["value"]}
    for way in ("imap-9", "smtp-99", "pop-0", "imap-", "x" * 500):
        assert client.post("/accounts/suggestions", {**fields, "way": way}).status == 200


def test_the_address_that_was_meant_is_one_press_away(client):
    page = suggest(client, email="anna@gmial.com")
    assert "anna@gmail.com" in page.said("discovery-meant")
    assert client.submit(page, button="Use this address").value("email") == "anna@gmail.com"


@pytest.mark.parametrize(
    ("typed", "address"),
    [("anna@wp.l", "anna@wp.pl"), ("anna@gmail.con", "anna@gmail.com"), (" Anna <anna@gmail.cmo>", "anna@gmail.com")],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_a_slip_in_the_ending_is_seen_also_where_no_domain_is_left(client, typed, address, htmx):
    page = suggest(client, email=typed, htmx=htmx)
    assert address in page.said("discovery-meant")
    assert page.one("button", name="meant").attrib["value"] == address


def test_a_form_that_is_refused_says_what_was_meant(client):
    refused = client.submit(client.visit("/accounts/new"), button="Save changes", email="anna@wp.l", **PASSWORDS)
    assert refused.status == 422
    assert "anna@wp.pl" in refused.said("discovery-meant")


@pytest.mark.parametrize("typed", ["anna", "@wp.l", "anna@", "a@b", "anna@nowhere.l", ""])
def test_where_nobody_can_know_nothing_is_meant(client, typed):
    assert not suggest(client, email=typed).all(id="discovery-meant")


@pytest.mark.parametrize(
    ("mail", "said"),
    [(Mail.REFUSED, "takes no mail"), (Mail.NO_DOMAIN, "There is no domain"), (Mail.NOWHERE, "names no server")],
)
def test_a_domain_without_mail_is_said_beside_the_address(client, find, mail, said):
    find(DOMAIN, mail=mail)
    assert said in suggest(client).said("discovery-warning")


@pytest.mark.parametrize(
    ("found", "warnings"),
    [
        ({"mail": Mail.TAKEN, "complete": False}, [f"Not everybody who may know the servers of {DOMAIN} has answered"]),
        ({"mail": Mail.NO_DOMAIN, "complete": False}, ["There is no domain"]),
        ({"mail": Mail.TAKEN, "complete": True}, []),
    ],
)
def test_a_guess_says_so_where_somebody_was_silent(client, find, found, warnings):
    find(DOMAIN, **found)
    said = suggest(client).all(id="discovery-warning")
    assert [warning in words(element) for element, warning in zip(said, warnings, strict=True)] == [True] * len(said)


def test_what_somebody_knew_is_no_guess_whoever_else_was_silent(client, find):
    find(DOMAIN, offer(Source.ISPDB, "imap.infirma.test", "smtp.infirma.test", DOMAIN), complete=False)
    assert not suggest(client).all(id="discovery-warning")


@pytest.mark.parametrize("mail", [Mail.REFUSED, Mail.NO_DOMAIN, Mail.NOWHERE])
def test_where_another_account_of_the_domain_works_dns_is_not_believed(client, find, session, environment, mail):
    find(DOMAIN, mail=mail)
    vault, colleague = Config.from_environment(environment).vault, cast.OUTSIDER.join(session).id
    details = cast.details(email=f"szef@{DOMAIN}", imap_host="mail.infirma.test", smtp_host="mail.infirma.test")
    working = accounts.create(
        session, details, submission=None, tested=None, vault=vault, now=now(), added_by=colleague
    )
    session.commit()
    assert suggest(client).all(id="discovery-warning"), "nothing is proven yet"
    accounts.record_test(session, working, Tested(now(), "ok", "ok"))
    session.commit()
    page = suggest(client)
    assert "works for another account" in page.said("imap-host-source")
    assert not page.all(id="discovery-warning")


def test_what_a_stranger_says_of_a_provider_is_no_fact_where_somebody_else_knows_the_servers(client, find):
    hers = replace(
        offer(Source.MX, "imap.hoster.test", "smtp.hoster.test", DOMAIN),
        provider=ProviderNote("Hoster", app_password=True, help_url="https://hoster.test/help"),
    )
    find(DOMAIN, offer(Source.ISPDB, "imap.infirma.test", "smtp.infirma.test", DOMAIN), hers)
    assert "hoster.test" not in suggest(client).said("discovery")
    find("other.test", hers)
    page = suggest(client, email="a@other.test")
    assert "Hoster wants an app password" in page.said("discovery-notes")
    assert page.all("a", href="https://hoster.test/help")


def test_a_server_that_answers_says_nothing_of_the_user_name(client, find):
    find(DOMAIN, offer(Source.ANSWERED, "imap.infirma.test", "smtp.infirma.test", DOMAIN))
    page = suggest(client)
    assert {page.said(f"imap-{name}-source") for name in ("host", "port", "security")} == {
        "A guess, but a mail server answers there."
    }
    assert page.said("imap-username-source") == "Guessed from the address."


SWITCH = "Switch on IMAP in the settings of your mailbox at Firma first."
SET_UP = "Something has to be set up in the mailbox first."


@pytest.mark.parametrize(
    ("imap_switch", "quotes", "said"),
    [
        (True, {"en": "Settings > IMAP > Enable"}, [SWITCH, "Firma says: Settings > IMAP > Enable"]),
        (True, {}, [SWITCH]),
        (False, {"en": "Set a password first."}, ["Firma says: Set a password first."]),
        (False, {"pl": "Najpierw ustaw hasło."}, [SET_UP]),
        (False, {}, [SET_UP]),
    ],
)
def test_that_something_is_to_be_set_up_is_said_only_where_nothing_says_what(client, find, imap_switch, quotes, said):
    note = ProviderNote("Firma", imap_switch=imap_switch, texts=("set_up_first",), instructions=quotes)
    find(DOMAIN, replace(offer(Source.AUTOCONFIG, "imap.infirma.test", "smtp.infirma.test", DOMAIN), provider=note))
    assert [words(line) for line in suggest(client).one(id="discovery-notes")] == said


DENIED = {
    Side.IMAP: ("there is no IMAP here", "nie ma tu serwera IMAP"),
    Side.SMTP: ("no server for sending", "nie ma tu serwera do wysyłania"),
}


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("side", DENIED)
def test_what_dns_denies_is_said_below_the_address_unless_somebody_vouches_for_it(client, find, side, htmx):
    denies = Offer(Source.SRV, {}, denied=frozenset({side}))
    find(DOMAIN, denies)
    notes = suggest(client, htmx=htmx).said("discovery-notes")
    english, polish = DENIED[side]
    assert f"DNS of {DOMAIN} says" in notes
    assert english in notes
    client.language = "pl"
    page = client.visit("/accounts/new")
    assert polish in client.submit(page, button="Podpowiedz ustawienia", email=EMAIL).said("discovery-notes")
    client.language = "en"
    find("other.test", offer(Source.ISPDB, "imap.other.test", "smtp.other.test", "other.test"), denies)
    assert not suggest(client, htmx=htmx, email="a@other.test").all(id="discovery-notes")


OAUTH_ONLY = {
    frozenset({Side.IMAP}): ("lets mail programs fetch mail only", "odbierać pocztę tylko przez własną stronę"),
    frozenset({Side.SMTP}): ("lets mail programs send mail only", "wysyłać pocztę tylko przez własną stronę"),
    frozenset(Side): ("lets mail programs in only", "wpuszcza programy pocztowe tylko przez własną stronę"),
}


@pytest.mark.parametrize("sides", OAUTH_ONLY)
def test_which_side_takes_no_password_is_said_and_no_server_suggested_for_it(client, find, sides):
    there = offer(Source.AUTOCONFIG, "imap.infirma.test", "smtp.infirma.test", DOMAIN)
    find(DOMAIN, replace(there, oauth_only=sides, provider=ProviderNote("Firma", oauth_only=True)))
    page = suggest(client)
    notes = page.said("discovery-notes")
    assert [words for words, _ in OAUTH_ONLY.values() if words in notes] == [OAUTH_ONLY[sides][0]]
    suggested = {side for side in Side if page.value(f"{side}-host")}
    assert suggested == set(Side) - sides, "what cannot be used is not offered"
    assert bool(page.all(name="way")) == (Side.IMAP in suggested)
    client.language = "pl"
    page = client.visit("/accounts/new")
    notes = client.submit(page, button="Podpowiedz ustawienia", email=EMAIL).said("discovery-notes")
    assert [words for _, words in OAUTH_ONLY.values() if words in notes] == [OAUTH_ONLY[sides][1]]


def test_that_a_side_takes_no_password_is_not_said_above_servers_that_take_one(client, find):
    hers = offer(Source.ISPDB, "imap.hoster.test", "smtp.hoster.test", DOMAIN)
    hers = replace(hers, oauth_only=frozenset({Side.IMAP}), provider=ProviderNote("Hoster", oauth_only=True))
    find(DOMAIN, offer(Source.AUTOCONFIG, "imap.infirma.test", "smtp.infirma.test", DOMAIN), hers)
    assert not suggest(client).all(id="discovery-notes")


def test_a_known_provider_is_not_looked_up_and_says_what_to_know_before_a_password_is_typed(client, enqueued):
    page = suggest(client, email="anna@wp.pl")
    assert page.value("imap-host") == "imap.wp.pl"
    assert "built in" in page.said("imap-host-source")
    assert "IMAP" in page.said("discovery-notes")
    assert enqueued == []


def test_without_a_queue_the_general_rule_has_to_do(client, monkeypatch):
    def refuse(*_arguments: object) -> None:
        raise QueueUnavailable

    monkeypatch.setattr("app.extensions.JobQueue.enqueue", refuse)
    page = suggest(client)
    assert page.value("imap-host") == DOMAIN
    assert "has answered" in page.said("discovery-warning")
    assert not asks_again(page)


def test_nobody_has_doors_knocked_at_without_end(client, app, enqueued):
    app.config["LOOKUPS_PER_PERSON"] = "2 per minute"
    pages = [suggest(client, email=f"a@domain{number}.test") for number in range(4)]
    assert len(enqueued) == 2
    assert [asks_again(page) for page in pages[:2]] == [True, True]
    assert pages[3].value("imap-host") == "domain3.test"


def test_nobody_has_the_doors_of_one_owner_knocked_at_without_end(client, app, enqueued):
    app.config["LOOKUPS_PER_ORGANISATION"] = "2 per minute"
    for number in range(4):
        suggest(client, email=f"a@sub{number}.victim.test")
    assert len(enqueued) == 2
    suggest(client, email="a@another.test")
    assert len(enqueued) == 3


def test_whoever_comes_by_a_link_learns_nothing_of_other_accounts(visitor, session, environment):
    vault = Config.from_environment(environment).vault
    details = cast.details(email="szef@infirma.test", imap_host="mail.hoster.test", smtp_host="mail.hoster.test")
    proven, colleague = Tested(now(), "ok", "ok"), cast.OUTSIDER.join(session).id
    accounts.create(session, details, submission=None, tested=proven, vault=vault, now=now(), added_by=colleague)
    session.commit()
    _client, key = cast.embed_client(session)
    link = visitor.client.post("/api/embed-links", json={}, headers={"Authorization": f"Bearer {key}"}).json["url"]
    page = visitor.visit(link.partition("localhost")[2] or link)
    found = visitor.submit(page, button=SUGGEST, email=EMAIL)
    assert found.value("imap-host") == DOMAIN


def test_whoever_came_by_a_link_teaches_nothing(client, session, environment):
    vault = Config.from_environment(environment).vault
    details = cast.details(email="obcy@gmail.com", imap_host="imap.evil.test", smtp_host="smtp.evil.test")
    # As a link saves it: of nobody who signs in here.
    accounts.create(session, details, submission=None, tested=Tested(now(), "ok", "ok"), vault=vault, now=now())
    session.commit()
    assert suggest(client, email="anna@gmail.com").value("imap-host") == "imap.gmail.com"


def test_what_a_provider_wants_is_said_again_when_that_may_be_why_a_password_was_refused(
    client, session, environment, enqueued
):
    page = suggest(client, email="anna@wp.pl")
    client.submit(page, button="Test connection", **PASSWORDS)
    session.rollback()
    test = session.scalars(select(ConnectionTest)).one()
    cast.work(session, Config.from_environment(environment).vault, test, "failed")
    session.commit()
    shown = client.visit(f"/connection-tests/{test.id}", htmx=True)
    assert "IMAP" in shown.said("connection-test-smtp")
    assert "Switch on IMAP" in shown.said("connection-test-smtp")


def test_whatever_a_provider_wants_has_its_words():
    codes = {code for provider in built_in() for code in provider.texts}
    assert codes
    assert codes <= NOTES.keys()


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("anna@tuta.com", "lets no mail programs in"),
        ("anna@proton.me", "only through a program of its own"),
        ("anna@outlook.com", "not with a password"),
    ],
)
@pytest.mark.parametrize("htmx", [False, True])
def test_a_provider_without_servers_says_so_and_none_is_suggested(client, enqueued, email, said, htmx):
    page = suggest(client, email="jan@gmail.com")
    assert page.value("imap-host") == "imap.gmail.com"
    page = client.submit(page, button=SUGGEST, email=email, htmx=htmx)
    assert said in page.said("discovery-notes")
    for name in ("imap-host", "imap-port", "imap-username", "smtp-host", "smtp-port"):
        assert page.value(name) == ""
        assert page.said(f"{name}-source") == ""
    assert not page.all(name="trusted")
    assert not page.all(name="way")
    assert enqueued == []


@pytest.mark.parametrize("email", ["anna@proton.me", "anna@outlook.com"])
def test_a_server_of_ones_own_can_be_typed_for_it(client, enqueued, email):
    page = suggest(client, email=email)
    server = {"imap_host": "bridge.test", "imap_port": "143", "smtp_host": "bridge.test", "smtp_port": "587"}
    assert client.submit(page, button="Save changes", **PASSWORDS).status == 422
    sent = client.submit(page, button="Save changes", **PASSWORDS, **server, imap_username="anna")
    assert sent.status == 200
    assert len(enqueued) == 1


@pytest.mark.parametrize("source", [None, Source.SRV, Source.MX])
@pytest.mark.parametrize("email", ["biuro@żółw.test", "biuro@ŻÓŁW.test", "biuro@xn--w-uga1v8h.test"])
def test_a_name_in_another_script_needs_a_yes_like_any_other(client, find, enqueued, source, email):
    domain = "xn--w-uga1v8h.test"
    find(domain, *([offer(source, f"imap.{domain}", f"smtp.{domain}", domain)] if source else []))
    page = suggest(client, email=email)
    both = f"żółw.test ({domain})"
    for _ in range(2):
        assert page.one(name="trusted").attrib["value"] == domain
        assert f"I know {both}" in page.said("discovery")
        assert source is None or f"names servers of {both}" in page.said("discovery")
        page = client.submit(page, button="Test connection", **PASSWORDS)
        assert page.status == 422
        assert f"this server of {both}" in page.said("imap-host-error")
        page = client.submit(page, button=SUGGEST)
    assert [job for job, *_ids in enqueued if job == "connection_tests"] == []


WRITTEN = {"żółw.test": "xn--w-uga1v8h.test", "xn--pypal-4ve.test": "xn--pypal-4ve.test"}


@pytest.mark.parametrize("written", WRITTEN)
def test_notes_name_a_domain_as_people_write_it_if_it_cannot_pass_for_another(client, find, written):
    domain = WRITTEN[written]
    find(domain, Offer(Source.SRV, {}, denied=frozenset({Side.IMAP})), mail=Mail.REFUSED)
    page = suggest(client, email=f"biuro@{domain}")
    assert f"The domain {written} says" in page.said("discovery-warning")
    assert f"DNS of {written} says" in page.said("discovery-notes")
    assert page.value("imap-host") == written


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("htmx", [False, True])
def test_found_servers_are_named_as_people_write_them_too(client, find, enqueued, written, htmx):
    domain = WRITTEN[written]
    there = offer(Source.REDIRECTED, f"imap.{domain}", f"smtp.{domain}", domain)
    find(domain, replace(there, led_by="third.test", provider=ProviderNote(domain, app_password=True)))
    page = suggest(client, email=f"biuro@{domain}", htmx=htmx)
    assert page.value("imap-host") == f"imap.{written}"
    assert f"The configuration of {written} comes by way of third.test" in page.said("trusted-1-hint")
    assert f"{written} wants an app password here" in page.said("discovery-notes")
    assert f"imap.{written}, port 143" in page.said("discovery-ways")
    if not htmx:
        assert client.submit(page, button="Test connection", **PASSWORDS).status == 422
        page = client.submit(page, button=f"imap.{written}, port 143, STARTTLS")
        assert page.value("imap-host") == f"imap.{written}"
        assert client.submit(page, button="Test connection", trusted=domain, **PASSWORDS).status == 200
        assert len(enqueued) == 1

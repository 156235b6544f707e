"""What was found out stands in the form, says where it is from, and asks before a password goes to a stranger."""

import pytest
from sqlalchemy import select

from app import accounts
from app.accounts import Tested
from app.autodiscovery import Mail, Source, Weakness
from app.autodiscovery.providers import built_in
from app.clock import now
from app.config import Config
from app.extensions import QueueUnavailable
from app.models import ConnectionTest
from app.web.autodiscovery.wording import NOTES
from tests import cast
from tests.web.autodiscovery.conftest import offer
from tests.web.page import Page, Visitor

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
    for email, username in (("szef@infirma.test", "szef"), ("obcy@other.test", "tajna-nazwa")):
        domain = email.partition("@")[2]
        details = cast.details(
            email=email,
            imap_host=f"mail.{domain}",
            smtp_host=f"mail.{domain}",
            imap_username=username,
            smtp_same_credentials=True,
        )
        accounts.create(session, details, submission=None, tested=Tested(now(), "ok", "ok"), vault=vault, now=now())
    session.commit()
    page = suggest(client)
    assert (page.value("imap-host"), page.value("imap-username")) == ("mail.infirma.test", "biuro")
    assert "works for another account" in page.said("imap-host-source")
    other = suggest(client, email="anna@other.test")
    assert (other.value("imap-host"), other.value("imap-username")) == ("mail.other.test", "anna@other.test")
    assert "tajna-nazwa" not in other.source


def test_what_only_a_weak_source_says_needs_a_yes_before_a_password_goes_there(client, find, enqueued):
    find(DOMAIN, offer(Source.MX, "imap.hoster.test", "smtp.hoster.test", DOMAIN, Weakness.DNS))
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


def test_a_server_that_somebody_has_typed_needs_no_yes(client, find, enqueued):
    find(DOMAIN, offer(Source.SRV, "imap.hoster.test", "smtp.hoster.test", DOMAIN, Weakness.DNS))
    page = suggest(client, imap_host="mail.third.test", smtp_host="mail.third.test")
    assert not page.all(name="trusted")
    client.submit(page, button="Test connection", **PASSWORDS)
    assert len(enqueued) == 1


@pytest.mark.parametrize(
    ("source", "imap"),
    [(Source.SRV, "imap.infirma.test"), (Source.ANSWERED, "mail.infirma.test"), (Source.ISPDB, "imap.hoster.test")],
)
def test_nobody_is_asked_about_the_own_organisation_nor_where_somebody_vouches(client, find, enqueued, source, imap):
    find(DOMAIN, offer(source, imap, imap, DOMAIN))
    page = suggest(client)
    assert not page.all(name="trusted")
    assert client.submit(page, button="Test connection", **PASSWORDS).status == 200
    assert len(enqueued) == 1


def test_a_yes_to_one_organisation_is_none_to_another(client, find, enqueued):
    find(DOMAIN, offer(Source.MX, "imap.hoster.test", "smtp.third.test", DOMAIN, Weakness.DNS))
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
    ("mail", "said"),
    [(Mail.REFUSED, "takes no mail"), (Mail.NO_DOMAIN, "There is no domain"), (Mail.NOWHERE, "names no server")],
)
def test_a_domain_without_mail_is_said_beside_the_address(client, find, mail, said):
    find(DOMAIN, mail=mail)
    assert said in suggest(client).said("discovery-warning")


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
    assert not asks_again(page)


def test_nobody_has_doors_knocked_at_without_end(client, app, enqueued):
    app.config["LOOKUPS_PER_PERSON"] = "2 per minute"
    pages = [suggest(client, email=f"a@domain{number}.test") for number in range(4)]
    assert len(enqueued) == 2
    assert [asks_again(page) for page in pages[:2]] == [True, True]
    assert pages[3].value("imap-host") == "domain3.test"


def test_whoever_comes_by_a_link_learns_nothing_of_other_accounts(visitor, session, environment):
    vault = Config.from_environment(environment).vault
    details = cast.details(email="szef@infirma.test", imap_host="mail.hoster.test", smtp_host="mail.hoster.test")
    accounts.create(session, details, submission=None, tested=Tested(now(), "ok", "ok"), vault=vault, now=now())
    session.commit()
    _client, key = cast.embed_client(session)
    link = visitor.client.post("/api/embed-links", json={}, headers={"Authorization": f"Bearer {key}"}).json["url"]
    page = visitor.visit(link.partition("localhost")[2] or link)
    found = visitor.submit(page, button=SUGGEST, email=EMAIL)
    assert found.value("imap-host") == DOMAIN


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


def test_a_provider_without_mail_programs_says_so(client):
    assert "lets no mail programs in" in suggest(client, email="anna@tuta.com").said("discovery-notes")

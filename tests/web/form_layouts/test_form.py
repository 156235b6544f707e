"""The account form under a layout: what is not in it is not listened to, and has the value that it should have."""

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.autodiscovery import Source, suggest
from app.extensions import current_config
from app.form_layouts import BUILT_IN, Section, Visibility, Words, move_into, move_section
from app.mail.settings import ConnectionSecurity
from app.models import Account, ConnectionTest, Role
from tests import cast
from tests.web.page import Page, Visitor

HIDDEN = {"visibility": Visibility.HIDDEN}
ADDITIONAL = {"visibility": Visibility.ADDITIONAL}
READ_ONLY = {"read_only": True}
TYPED = {
    "name": "Biuro",
    "email": "biuro@infirma.pl",
    "imap-host": "imap.infirma.pl",
    "imap-port": "993",
    "imap-security": "tls",
    "imap-username": "biuro@infirma.pl",
    "imap-password": "a password",
    "smtp-host": "smtp.infirma.pl",
    "smtp-port": "465",
    "smtp-security": "tls",
    "smtp-auth": "y",
    "smtp-same-credentials": "y",
    "submission": "form-of-a-layout-test",
}


def send(client: Visitor, url: str = "/accounts/new", **typed: str) -> Page:
    """Send a form by hand, whatever the page shows."""
    token = client.visit("/accounts/new").all(name="csrf_token")[0].attrib["value"]
    named = {name.replace("_", "-"): value for name, value in typed.items()}
    return client.post(url, {**TYPED, **named, "csrf_token": token})


def typed_for_the_test(session: Session) -> dict[str, object]:
    session.rollback()
    return session.scalars(select(ConnectionTest)).one().details


def suggestions(client: Visitor, **typed: str) -> Page:
    page = client.visit("/accounts/new")
    fields = {name: page.all(name=name)[0].attrib["value"] for name in ("csrf_token", "suggested", "layout")}
    named = {name.replace("_", "-"): value for name, value in typed.items()}
    return client.post("/accounts/suggestions", {**fields, **named}, htmx=True)


def comparable(page: Page) -> str:
    return re.sub(r'name="(csrf_token|submission)" value="[^"]*"', "", page.source)


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_stored_built_in_layout_is_exactly_the_form_without_any(client, lay_out, session, app, language):
    with app.app_context():
        account = cast.account(session, current_config().vault, "with own credentials").id
    client.language = language
    urls = ["/accounts/new", f"/accounts/{account}"]
    before = [comparable(client.visit(url)) for url in urls]
    lay_out()
    assert [comparable(client.visit(url)) for url in urls] == before


def test_fields_and_sections_stand_where_the_layout_says(client, lay_out):
    lay_out(move_section(move_into(BUILT_IN, "imap-host", Section.IDENTITY), Section.SMTP, -1))
    page = client.visit("/accounts/new")
    assert [it.attrib["id"] for it in page.all("fieldset")] == ["identity", "smtp", "imap"]
    assert page.one("fieldset", id="identity").find(".//input[@id='imap-host']") is not None


def test_words_are_those_of_the_layout_in_each_language(client, lay_out):
    words = {"label": Words(en="Mail <server>", pl="Serwer poczty"), "hint": Words(en="Ask {Anna} %s")}
    lay_out(imap_host=words)
    page = client.visit("/accounts/new")
    assert "Mail <server>" in page.said("imap-host-row")
    assert page.said("imap-host-hint") == "Ask {Anna} %s"
    client.language = "pl"
    page = client.visit("/accounts/new")
    assert "Serwer poczty" in page.said("imap-host-row")
    assert page.said("imap-host-hint").startswith("Najczęściej")


def test_a_hidden_field_is_absent_deaf_and_has_its_default(client, lay_out, session):
    lay_out(imap_host={**HIDDEN, "default": "mail.{domain}"}, fast_mode={**HIDDEN, "default": "on"})
    page = client.visit("/accounts/new")
    assert not page.all(id="imap-host")
    assert not page.all(id="fast-mode")
    send(client, imap_host="evil.test", fast_mode="")
    assert typed_for_the_test(session)["imap-host"] == "mail.infirma.pl"
    assert typed_for_the_test(session)["fast-mode"] is True


def test_a_read_only_field_is_shown_and_what_is_posted_for_it_ignored(client, lay_out, session):
    lay_out(imap_host={**READ_ONLY, "default": "mail.{domain}"}, imap_port={**READ_ONLY, "default": "993"})
    page = client.visit("/accounts/new")
    assert "readonly" in page.field("imap-port").attrib
    assert page.value("imap-port") == "993"
    assert page.said("imap-port-source") == "Set by your administrator."
    send(client, imap_host="evil.test", imap_port="143")
    assert (typed_for_the_test(session)["imap-host"], typed_for_the_test(session)["imap-port"]) == (
        "mail.infirma.pl",
        993,
    )


def test_switches_and_choices_can_be_read_only(client, lay_out, session):
    fixed = {**READ_ONLY, "default": "off"}
    lay_out(
        fast_mode=fixed, imap_security={**READ_ONLY, "default": "starttls"}, colour={**READ_ONLY, "default": "#112233"}
    )
    page = client.visit("/accounts/new")
    assert "disabled" in page.field("fast-mode").attrib
    assert "disabled" in page.field("imap-security").attrib
    assert all("disabled" in it.attrib for it in page.all("input", name="colour"))
    send(client, fast_mode="y", imap_security="none", colour="#ffffff")
    found = typed_for_the_test(session)
    assert (found["fast-mode"], found["imap-security"], found["colour"]) == (False, "starttls", "#112233")


def test_a_default_is_a_suggestion_above_the_general_rule(client, lay_out):
    lay_out(imap_host={"default": "mail.{domain}"}, imap_port={"default": "143"}, name={"default": "{local}"})
    page = client.visit("/accounts/new")
    assert page.value("imap-port") == "143"
    assert page.value("imap-security") == "starttls"
    page = suggestions(client, email="biuro@infirma.pl")
    assert page.value("imap-host") == "mail.infirma.pl"
    assert page.said("imap-host-source") == "Set by your administrator."
    assert page.value("name") == "biuro"
    assert page.value("smtp-host") == "infirma.pl"
    assert page.said("smtp-host-source") == "Guessed from the address."


def test_a_default_is_made_from_the_address_and_not_from_what_was_pasted_around_it(client, lay_out):
    lay_out(imap_host={"default": "mail.{domain}"}, name={"default": "{local}"})
    page = suggestions(client, email="Anna <anna@infirma.pl>")
    assert (page.value("imap-host"), page.value("name")) == ("mail.infirma.pl", "anna")


def test_what_somebody_typed_stays_above_a_default(client, lay_out):
    lay_out(imap_host={"default": "mail.{domain}"})
    page = suggestions(client, email="biuro@infirma.pl", imap_host="my.own.pl")
    assert not page.all(id="imap-host")
    assert not page.all(id="imap-host-source")


def test_the_settings_of_a_known_provider_stand_above_a_default(client, lay_out, monkeypatch, session):
    def known(email: str):
        found = suggest(email)
        if found is None:
            return None
        servers = {
            side: type(it)(f"{side}.known.pl", 993, ConnectionSecurity.TLS, it.username, Source.PROVIDER)
            for side, it in found.servers.items()
        }
        return type(found)(found.email, found.domain, servers)

    monkeypatch.setattr("app.web.accounts.laying_out.suggestion_for", known)
    monkeypatch.setattr("app.web.accounts.forms.suggestion_for", known)
    lay_out(imap_host={"default": "mail.{domain}"}, smtp_host={**HIDDEN, "default": "mail.{domain}"})
    page = suggestions(client, email="biuro@infirma.pl")
    assert page.value("imap-host") == "imap.known.pl"
    send(client)
    assert typed_for_the_test(session)["smtp-host"] == "smtp.known.pl"


def test_a_read_only_field_follows_the_address(client, lay_out):
    lay_out(imap_host={**READ_ONLY, "default": "mail.{domain}"}, imap_username={**HIDDEN, "default": "{local}"})
    page = suggestions(client, email="biuro@infirma.pl", imap_host="", imap_username="")
    assert page.value("imap-host") == "mail.infirma.pl"
    assert "readonly" in page.field("imap-host").attrib
    assert not page.all(id="imap-username")
    assert not page.all(id="imap-username-source")


def test_suggestions_without_a_script_follow_the_layout(client, lay_out):
    lay_out(imap_host={"default": "mail.{domain}"}, smtp_host={**READ_ONLY, "default": "out.{domain}"})
    page = client.submit(client.visit("/accounts/new"), button="Suggest settings", email="biuro@infirma.pl")
    assert page.value("imap-host") == "mail.infirma.pl"
    assert page.value("smtp-host") == "out.infirma.pl"


@pytest.mark.parametrize(("port", "security"), [("143", "starttls"), ("993", "tls"), ("1993", "tls")])
def test_a_hidden_security_follows_the_port(client, lay_out, session, port, security):
    lay_out(imap_security=HIDDEN)
    send(client, imap_port=port, imap_security="none")
    assert typed_for_the_test(session)["imap-security"] == security


def test_required_fields_in_the_additional_data_get_their_values_or_are_asked_for(client, lay_out, session):
    lay_out(imap_host=ADDITIONAL, imap_port=ADDITIONAL, name=ADDITIONAL)
    page = send(client, imap_host="evil.test", imap_port="1", name="")
    assert page.status == 422
    assert page.said("name-error") == "Type a name for the account."
    assert page.value("imap-host") == "infirma.pl"
    send(client, additional="shown", active="y")
    assert typed_for_the_test(session)["imap-host"] == "imap.infirma.pl"


def test_own_credentials_in_the_additional_data_are_asked_for(client, lay_out):
    lay_out(smtp_username=ADDITIONAL, smtp_password=ADDITIONAL)
    page = send(client, smtp_same_credentials="")
    assert page.status == 422
    assert page.said("smtp-password-error") == "Type the password for outgoing mail."


def test_a_default_that_does_not_fit_the_address_is_said(client, lay_out, session):
    lay_out(imap_host={**HIDDEN, "default": "{local}.infirma.pl"})
    page = send(client, email="a+b_c@infirma.pl")
    assert page.status == 422
    assert "administrator" in page.said("error-summary")


def test_a_port_behind_the_name_where_the_port_is_fixed(client, lay_out, session):
    lay_out(imap_port={**HIDDEN, "default": "993"})
    assert "always 993" in send(client, imap_host="imap.infirma.pl:143").said("imap-host-error")
    send(client, imap_host="imap.infirma.pl:993")
    assert typed_for_the_test(session)["imap-host"] == "imap.infirma.pl"


def test_a_required_stationery_is_asked_for(client, lay_out):
    lay_out(stationery={"required": True, "visibility": Visibility.SHOWN})
    page = send(client)
    assert page.said("stationery-error") == "Choose a stationery."
    assert page.field("stationery").attrib["aria-required"] == "true"


@pytest.fixture
def account(app, session) -> Account:
    with app.app_context():
        return cast.account(session, current_config().vault, "trusting one certificate")


def test_an_account_is_changed_without_its_password_and_keeps_what_is_hidden(client, lay_out, session, account):
    default = {"default": "mail.{domain}"}
    lay_out(imap_host={**HIDDEN, **default}, smtp_host={**READ_ONLY, **default}, imap_port={**HIDDEN, "default": "143"})
    page = client.visit(f"/accounts/{account.id}")
    assert not page.all(id="imap-host")
    assert page.value("smtp-host") == "smtp.infirma.pl"
    page = client.submit(page, button="Save changes", name="Nowa nazwa")
    assert "saved" in page.said("notices")
    session.expire_all()
    assert (account.name, account.imap_host, account.imap_port) == ("Nowa nazwa", "imap.infirma.pl", 993)
    assert account.imap_pin == "ab" * 32
    assert account.is_proven


def test_a_trusted_certificate_stays_on_the_page_wherever_its_fields_went(client, lay_out, session, account):
    layout = BUILT_IN
    for name in ("imap-host", "imap-port", "imap-security", "imap-username", "imap-password", "fast-mode"):
        layout = move_into(layout, name, Section.IDENTITY)
    lay_out(layout)
    page = client.visit(f"/accounts/{account.id}")
    assert page.all(id="imap-pin")
    client.submit(page, button="Save changes", name="Nowa nazwa")
    session.expire_all()
    assert account.imap_pin == "ab" * 32


def test_an_account_with_own_credentials_is_asked_for_their_password_in_any_layout(client, lay_out, session, app):
    with app.app_context():
        own = cast.account(session, current_config().vault, "with own credentials")
    lay_out(smtp_password=HIDDEN, smtp_username=HIDDEN, smtp_same_credentials=HIDDEN)
    page = client.submit(client.visit(f"/accounts/{own.id}"), button="Save changes", smtp_host="elsewhere.test")
    assert page.status == 422
    assert "Type the password again" in page.said("smtp-password-error")
    assert not client.visit("/accounts/new").all(id="smtp-password")


def test_a_members_layout_is_not_the_administrators(client, admin_client, lay_out):
    lay_out(role=Role.MEMBER, colour=HIDDEN)
    assert not client.visit("/accounts/new").all(id="colour")
    assert admin_client.visit("/accounts/new").all(id="colour")


def test_made_up_layouts_are_the_built_in_one_for_suggestions(client, lay_out):
    lay_out(imap_host={"default": "mail.{domain}"})
    for made_up in ("", "x", "1", "a\0b", "9" * 5000):
        page = suggestions(client, email="biuro@infirma.pl", layout=made_up)
        assert page.value("imap-host") == "infirma.pl"


def test_no_fix_is_offered_that_sets_what_the_form_does_not_ask(client, lay_out, session, app, member):
    lay_out(imap_username={**HIDDEN, "default": "{address}"})
    with app.app_context():
        test = cast.connection_test(session, current_config().vault, member, "failed")
    page = client.visit(f"/connection-tests/{test.id}")
    assert [it.attrib["value"] for it in page.all("button", name="fix")] == ["imap-0"]

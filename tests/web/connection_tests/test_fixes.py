"""What a verdict proposes: pressed, it fills the form and tests the side that it is about once more."""

from dataclasses import dataclass

import pytest

from app import accounts
from app.accounts import Tested
from app.clock import now
from app.config import Config
from app.mail.outcomes import Outcome
from tests import cast
from tests.cast import ADMIN
from tests.web.connection_tests.conftest import CANARY, TYPED, finish, stored
from tests.web.page import Visitor

SHA256 = "5d" * 32
CERTIFICATE = {
    "subject": "CN=mail.hoster.pl",
    "issuer": "CN=Hoster CA",
    "names": ["mail.hoster.pl", "<b>evil</b>"],
    "not_before": "2024-01-01T00:00:00Z",
    "not_after": "2025-01-01T00:00:00Z",
    "sha256": SHA256,
}
PIN = {"certificate": CERTIFICATE, "fixes": [{"why": "cert_pin", "set": {"imap-pin": SHA256}}]}


def proposed(why: str, **changes: str) -> dict[str, object]:
    return {"fixes": [{"why": why, "set": {name.replace("_", "-"): value for name, value in changes.items()}}]}


@dataclass(frozen=True)
class Proposal:
    """What a verdict proposes, the button that it becomes, and what stands in the form afterwards."""

    fix: dict[str, object]
    button: str
    field: str
    value: str


@pytest.mark.parametrize(
    "proposal",
    [
        Proposal(proposed("use_tls", imap_security="tls"), "Use SSL/TLS and test again", "imap-security", "tls"),
        Proposal(
            proposed("use_starttls", imap_security="starttls"),
            "Use STARTTLS and test again",
            "imap-security",
            "starttls",
        ),
        Proposal(
            proposed("use_port", imap_port="143", imap_security="starttls"),
            "Use port 143 and test again",
            "imap-port",
            "143",
        ),
        Proposal(
            proposed("use_host", imap_host="imap.infirma.pl"),
            "Use the server imap.infirma.pl and test again",
            "imap-host",
            "imap.infirma.pl",
        ),
        Proposal(
            proposed("use_username", imap_username="biuro"),
            "Use the user name biuro and test again",
            "imap-username",
            "biuro",
        ),
        Proposal(
            proposed("use_username", smtp_username="biuro"),
            "Use the user name biuro and test again",
            "imap-username",
            "biuro",
        ),
    ],
    ids=lambda proposal: f"{proposal.button} ({proposal.field})",
)
def test_a_fix_fills_the_form_and_starts_a_test_with_the_kept_password(start, client, session, proposal):
    url = start().url
    side = next(iter(proposal.fix["fixes"][0]["set"])).partition("-")[0]
    failed = finish(session, more={side: proposal.fix}, imap=Outcome.AUTH_FAILED, smtp=Outcome.AUTH_FAILED)
    page = client.submit(client.visit(url), button=proposal.button)
    assert page.value(proposal.field) == proposal.value
    assert stored(session).id != failed.id
    assert stored(session).imap_password is not None
    assert CANARY not in page.source


def test_another_user_name_for_the_outgoing_server_alone_leaves_the_incoming_one_as_it_works(
    start, client, session, app
):
    url = start().url
    tested = finish(session, more={"smtp": proposed("use_username", smtp_username="biuro")}, smtp=Outcome.AUTH_FAILED)
    assert tested.imap_password_typed
    client.submit(client.visit(url), button="Use the user name biuro and test again")
    test = stored(session)
    assert (test.details["imap-username"], test.details["smtp-username"]) == ("biuro@infirma.pl", "biuro")
    assert test.smtp_password is not None
    assert test.smtp_password_typed


WITHOUT, WITH = (f"Use the user name {name} and test again" for name in ("biuro", "biuro@infirma.pl"))


def refuse(session, *, offers: str) -> None:
    """Let both servers refuse the login, and the verdict know of another user name."""
    more = {side: proposed("use_username", **{f"{side}_username": offers}) for side in ("imap", "smtp")}
    finish(session, more=more, imap=Outcome.AUTH_FAILED, smtp=Outcome.AUTH_FAILED)


def test_a_user_name_that_was_refused_is_not_offered_again(start, client, session):
    url = start().url
    refuse(session, offers="biuro")
    pressed = client.submit(client.visit(url), button=WITHOUT)
    assert stored(session).details["imap-username"] == "biuro"
    refuse(session, offers="biuro@infirma.pl")
    verdict = client.visit(pressed.url)
    assert "Neither server accepted" in verdict.source
    assert WITH not in verdict.source
    # With another password, or at another server, it has not been tried.
    for change in ({"imap_password": "another"}, {"imap_host": "other.test", "smtp_host": "other.test"}):
        again = client.submit(verdict, button="Test connection", **change)
        refuse(session, offers="biuro@infirma.pl")
        assert WITH in client.visit(again.url).source


def test_where_the_user_name_has_worked_no_other_one_is_offered(client, session, environment, enqueued):
    details = cast.details(
        email="biuro@infirma.pl", imap_host="infirma.pl", imap_username="biuro@infirma.pl", smtp_same_credentials=True
    )
    vault = Config.from_environment(environment).vault
    proven = Tested(now(), "ok", "ok")
    account = accounts.create(session, details, submission=None, tested=proven, vault=vault, now=now())
    session.commit()
    form = client.visit(f"/accounts/{account.id}")
    for change, offered in (
        ({}, False),
        ({"imap_username": "szef"}, True),
        ({"imap_host": "other.test", "smtp_host": "other.test"}, True),
    ):
        tested = client.submit(form, button="Test connection", imap_password="wrong", **change)
        refuse(session, offers="biuro")
        assert (WITHOUT in client.visit(tested.url).source) is offered


def test_a_fix_tests_only_its_side(start, client, session):
    url = start().url
    finish(session, more={"imap": PIN}, imap=Outcome.CERT_EXPIRED, smtp=Outcome.CONNECT_REFUSED)
    client.submit(client.visit(url), button="Trust only this certificate")
    test = stored(session)
    assert test.imap_result is None
    assert test.smtp_result["outcome"] == "connect_refused"


def test_a_fix_of_a_save_saves_when_it_passes(start, client, session):
    url = start(button="Save changes").url
    finish(session, more={"imap": PIN}, imap=Outcome.CERT_EXPIRED)
    client.submit(client.visit(url), button="Trust only this certificate")
    assert stored(session).saves


def test_the_card_says_what_is_wrong_with_the_certificate(start, client, session):
    url = start().url
    finish(session, more={"imap": PIN}, imap=Outcome.CERT_WRONG_HOST)
    page = client.visit(url)
    said = page.said("connection-test-imap")
    assert "Issued for mail.hoster.pl, <b>evil</b>, not for infirma.pl." in said
    assert "5d5d 5d5d" in said
    assert "1 January 2025" in said or "January 1, 2025" in said


def test_a_trusted_certificate_is_shown_in_the_form_and_can_be_taken_back(start, client, session):
    url = start().url
    finish(session, more={"imap": PIN}, imap=Outcome.CERT_EXPIRED)
    page = client.submit(client.visit(url), button="Trust only this certificate")
    assert stored(session).details["imap-pin"] == SHA256
    assert "infirma.pl:993" in page.said("imap-pin-row")
    client.submit(page, button="Test connection", imap_pin=None)
    assert stored(session).details["imap-pin"] is None


def test_a_trusted_certificate_counts_again_when_the_server_is_the_old_one_again(start, client, session):
    url = start().url
    finish(session, more={"imap": PIN}, imap=Outcome.CERT_EXPIRED)
    page = client.submit(client.visit(url), button="Trust only this certificate")
    page = client.submit(page, button="Save changes", imap_host="")
    assert not page.all(id="imap-pin-row")
    client.submit(page, button="Test connection", imap_host="infirma.pl")
    assert stored(session).details["imap-pin"] == SHA256


def test_a_trusted_certificate_does_not_follow_to_another_server(start, client, session):
    url = start().url
    finish(session, more={"imap": PIN}, imap=Outcome.CERT_EXPIRED)
    page = client.submit(client.visit(url), button="Trust only this certificate")
    client.submit(page, button="Test connection", imap_host="other.infirma.pl")
    assert stored(session).details["imap-pin"] is None


def test_htmx_gets_the_form_with_the_fix_in_it(start, client, session):
    url = start().url
    finish(session, more={"smtp": proposed("use_tls", smtp_security="tls")}, smtp=Outcome.WRONG_SECURITY)
    form = client.submit(client.visit(url), button="Use SSL/TLS and test again", htmx=True, smtp_security="none")
    assert form.headers["HX-Retarget"] == "#account-form"
    assert form.value("smtp-security") == "tls"
    assert "Testing both connections" in form.said("connection-test-headline")


@pytest.mark.parametrize("key", ["imap-7", "imap-0", "smtp-x", "", "imap-0&x"])
def test_a_fix_that_was_not_found_does_not_exist(start, client, session, key):
    page = client.visit(start().url)
    finish(session)
    token = page.all("input", name="csrf_token")[0].get("value")
    assert client.post(f"{page.url}/fix", {"csrf_token": token, "fix": key, **TYPED}).status == 404


def test_a_fix_of_another_person_does_not_exist(start, session, app, admin):
    url = start().url
    finish(session, more={"imap": PIN}, imap=Outcome.CERT_EXPIRED)
    other = Visitor(app.test_client())
    other.sign_in(ADMIN.email, ADMIN.password)
    token = other.visit("/accounts/new").all("input", name="csrf_token")[0].get("value")
    assert other.post(f"{url}/fix", {"csrf_token": token, "fix": "imap-0"}).status == 404


def test_the_page_of_the_provider_is_ours_never_the_servers(start, client, session):
    url = start(imap_host="imap.gmail.com").url
    more = {"imap": {"server_text": "Application-specific password required: https://evil.example/"}}
    finish(session, more=more, imap=Outcome.APP_PASSWORD_REQUIRED)
    page = client.visit(url)
    assert page.all("a", href="https://myaccount.google.com/apppasswords")
    assert not [link for link in page.all("a") if "evil" in link.get("href", "")]


def test_the_report_holds_the_whole_verdict_and_no_secret(start, client, session):
    url = start().url
    finish(session, more={"imap": PIN}, imap=Outcome.CERT_EXPIRED)
    report = client.visit(url).said("connection-test-report")
    for part in ("IMAP infirma.pl:993 (tls)", "cert_expired", "CN=Hoster CA", SHA256, "SMTP infirma.pl:465", "resolve"):
        assert part in report
    assert CANARY not in report


def test_a_password_with_a_space_at_its_end_is_pointed_out_beside_the_field(start, client, session):
    url = start(imap_password="secret ").url
    finish(session, imap=Outcome.CONNECT_REFUSED)
    assert "begins or ends with a space" in client.visit(url).said("imap-password-verdict")


def test_a_refusal_of_the_outgoing_server_stands_beside_the_credentials_that_it_was_given(start, client, session):
    url = start().url
    finish(session, smtp=Outcome.AUTH_FAILED)
    page = client.visit(url)
    assert "refused the user name" in page.said("imap-password-verdict")
    assert page.said("smtp-password-verdict") == ""

"""Authentication switched on: a server that was given no password so far gets none before somebody has said yes."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app import accounts
from app.accounts import Tested
from app.autodiscovery import Findings, Offer, Source, Way, lookups
from app.autodiscovery.personal import anybody_at
from app.clock import now
from app.config import Config
from app.form_layouts import BUILT_IN, Layout, Visibility
from app.mail.outcomes import Outcome
from app.mail.settings import ConnectionSecurity, Side
from app.models import Account
from tests import cast
from tests.web.connection_tests.conftest import finish
from tests.web.form_layouts.conftest import changed
from tests.web.page import Page, Visitor

DOMAIN = "infirma.test"
HOSTER = "hoster.test"
SMTP = f"smtp.{HOSTER}"
NO_ONE_KNOWS = f"Nobody vouches for this server of {HOSTER}"
PASSWORD = {"imap_password": "canary-typed-again"}


@pytest.fixture
def save(session: Session, app, config: Config) -> Callable[..., Account]:
    """Save an account whose outgoing server is given no password; ``changes`` are what else is different."""

    def save(email: str = f"biuro@{DOMAIN}", *, added_by: int | None = None, **changes: object) -> Account:
        others = {"smtp_host": SMTP, "imap_host": f"imap.{DOMAIN}", "smtp_auth": False} | changes
        details = cast.details(email=email, imap_username=email, **others)
        proven = Tested(now(), "ok", "ok")
        account = accounts.create(
            session, details, submission=None, tested=proven, vault=config.vault, now=now(), added_by=added_by
        )
        session.commit()
        return account

    return save


def find(session: Session, source: Source, smtp: str, *, auth: bool = True) -> None:
    """Record what somebody suggests for the domain today."""
    way = Way(smtp, 465, ConnectionSecurity.TLS, anybody_at(DOMAIN), auth=auth)
    assert lookups.ask(session, DOMAIN, now=now()) is not None
    lookups.record(session, DOMAIN, Findings((Offer(source, {Side.SMTP: (way,)}),)), now=now())
    session.commit()


def switch_on(client: Visitor, account: Account, button: str = "Save changes", **typed: object) -> Page:
    page = client.visit(f"/accounts/{account.id}")
    assert not page.all(name="trusted")
    return client.submit(page, button=button, **({"smtp_auth": True} | PASSWORD | typed))


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("button", ["Save changes", "Test connection"])
def test_a_server_without_a_password_gets_one_only_after_a_yes(client, save, enqueued, button, htmx):
    account = save()
    refused = switch_on(client, account, button, htmx=htmx)
    assert refused.status == 422
    assert NO_ONE_KNOWS in refused.said("smtp-host-error")
    assert not refused.all(id="imap-host-error")
    assert "So far no password is sent to this server." in refused.said("trusted-1-hint")
    assert enqueued == []
    whole = client.submit(client.visit(f"/accounts/{account.id}"), button=button, smtp_auth=True, **PASSWORD)
    agreed = client.submit(whole, button=button, trusted=HOSTER, **PASSWORD)
    assert agreed.status == 200
    assert len(enqueued) == 1
    assert "checked" in agreed.one(name="trusted").attrib
    assert client.submit(agreed, button=button).status == 200


LAYOUTS: dict[str, Layout] = {
    "the server is not shown": changed(BUILT_IN, smtp_host={"visibility": Visibility.HIDDEN, "default": "x.test"}),
    "the server is read-only": changed(BUILT_IN, smtp_host={"read_only": True, "default": "x.test"}),
    "the server waits": changed(BUILT_IN, smtp_host={"visibility": Visibility.ADDITIONAL}),
    "the switch waits": changed(BUILT_IN, smtp_auth={"visibility": Visibility.ADDITIONAL}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_it_is_asked_in_every_layout(client, session, save, enqueued, layout):
    account = save()
    cast.form_layout(session, LAYOUTS[layout])
    page = client.visit(f"/accounts/{account.id}")
    if layout == "the switch waits" and not page.all(id="smtp-auth"):
        page = client.submit(page, button="Show additional data")
    refused = client.submit(page, button="Save changes", smtp_auth=True, **PASSWORD)
    assert refused.status == 422
    assert NO_ONE_KNOWS in refused.text
    assert enqueued == []
    assert client.submit(refused, button="Save changes", trusted=HOSTER, **PASSWORD).status == 200
    assert len(enqueued) == 1


def test_a_fix_that_switches_it_on_asks_too(client, session, save, enqueued):
    account = save()
    page = client.submit(client.visit(f"/accounts/{account.id}"), button="Test connection", **PASSWORD)
    assert page.status == 200
    proposed = {"fixes": [{"why": "use_auth", "set": {"smtp-auth": "true"}}]}
    test = finish(session, smtp=Outcome.REJECTED_SENDER, more={"smtp": proposed})
    shown = client.visit(f"/connection-tests/{test.id}")
    refused = client.submit(shown, button="Switch authentication on and test again")
    assert refused.status == 422
    assert NO_ONE_KNOWS in refused.said("smtp-host-error")
    assert len(enqueued) == 1


def test_another_server_that_somebody_types_is_a_choice(client, save, enqueued):
    assert switch_on(client, save(), smtp_host="smtp.third.test").status == 200
    assert len(enqueued) == 1


def test_whoever_gets_the_incoming_password_is_not_asked_about_again(client, save, enqueued):
    assert switch_on(client, save(imap_host=f"imap.{HOSTER}")).status == 200
    assert len(enqueued) == 1


def test_as_long_as_it_is_off_nothing_is_asked(client, save, enqueued):
    page = client.visit(f"/accounts/{save().id}")
    assert client.submit(page, button="Test connection", **PASSWORD).status == 200
    assert len(enqueued) == 1


@pytest.mark.parametrize("source", [Source.AUTOCONFIG, Source.ISPDB])
def test_whoever_vouches_for_it_today_settles_the_question(client, session, save, enqueued, source):
    account = save()
    find(session, source, SMTP)
    assert switch_on(client, account).status == 200
    assert len(enqueued) == 1


@pytest.mark.parametrize(
    ("source", "smtp"), [(Source.ISPDB, "smtp.third.test"), (Source.SRV, SMTP), (Source.REDIRECTED, SMTP)]
)
def test_nobody_else_does(client, session, save, source, smtp):
    account = save()
    find(session, source, smtp)
    assert switch_on(client, account).status == 422


def test_an_account_does_not_vouch_for_itself(client, member, save, enqueued):
    assert switch_on(client, save(added_by=member.id)).status == 422
    assert enqueued == []


def test_what_another_account_has_taught_without_a_password_needs_a_yes(client, member, save, enqueued):
    save(added_by=member.id)
    page = client.submit(client.visit("/accounts/new"), button="Suggest settings", email=f"anna@{DOMAIN}")
    assert page.value("smtp-host") == SMTP
    refused = client.submit(page, button="Test connection", smtp_auth=True, name="Anna", **PASSWORD)
    assert refused.status == 422
    assert NO_ONE_KNOWS in refused.said("smtp-host-error")
    assert not refused.all(id="imap-host-error")
    off = client.submit(page, button="Test connection", name="Anna", **PASSWORD)
    assert off.status == 200
    assert len(enqueued) == 1


@pytest.mark.parametrize("action", ["/accounts/suggestions", "/accounts/additional"])
def test_a_question_that_somebody_has_before_their_eyes_stays_there(client, save, action):
    refused = switch_on(client, save())
    form = refused.form()
    form.attrib["action"] = action
    suggests = action == "/accounts/suggestions"
    again = client.submit(refused, form, htmx=suggests, trusted=HOSTER)
    assert "checked" in again.one(name="trusted").attrib
    moved = client.submit(refused, form, htmx=suggests, trusted=HOSTER, smtp_host="smtp.third.test")
    assert not moved.all(name="trusted")


@pytest.mark.parametrize("looked", [False, True])
def test_an_account_that_is_gone_by_now_is_added_anew_only_after_a_yes(client, session, save, enqueued, looked):
    account = save()
    page = client.visit(f"/accounts/{account.id}")
    accounts.remove(session, account)
    session.commit()
    if looked:
        form = page.form()
        action, form.attrib["action"] = form.attrib["action"], "/accounts/suggestions"
        again = client.submit(page, form, htmx=True, smtp_auth=True, imap_port="143")
        page.one(name="suggested").attrib["value"] = again.one(name="suggested").attrib["value"]
        form.attrib["action"] = action
    refused = client.submit(page, button="Save changes", smtp_auth=True, **PASSWORD)
    assert refused.status == 404
    assert "So far no password is sent to this server." in refused.said("trusted-1-hint")
    refused = client.submit(refused, button="Save changes", **PASSWORD)
    assert refused.status == 422
    assert NO_ONE_KNOWS in refused.said("smtp-host-error")
    assert enqueued == []
    assert client.submit(refused, button="Save changes", trusted=HOSTER, **PASSWORD).status == 200
    assert len(enqueued) == 1


@pytest.mark.parametrize("kept", [{"visibility": Visibility.HIDDEN}, {"read_only": True}])
@pytest.mark.parametrize("htmx", [False, True])
def test_nobody_is_asked_where_the_layout_keeps_the_switch_as_it_is(client, session, save, kept, htmx):
    account = save()
    cast.form_layout(session, changed(BUILT_IN, smtp_auth={"default": "on", **kept}))
    page = client.visit(f"/accounts/{account.id}")
    form = page.form()
    form.attrib["action"] = "/accounts/suggestions"
    again = client.submit(page, form, htmx=htmx, imap_port="143")
    assert again.value("imap-security") == "starttls"
    assert not again.all(name="trusted")

"""The list of accounts: seen, switched on and off, removed."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app import accounts, clock, connection_tests, mailbox, sending
from app.connection_tests import Draft
from app.extensions import current_config, db
from app.mail.outcomes import Outcome
from app.models import Account
from app.web import replies
from app.web.access import current_owner
from app.web.accounts.blueprint import blueprint
from app.web.accounts.submitting import REFUSALS
from app.web.fetching.view import badges
from app.web.launching import launch, lead_to
from app.web.moments import Moment, moment_of


@dataclass(frozen=True, slots=True)
class TestStamp:
    """When an account was last tested, and how it went."""

    __test__ = False

    kind: str
    verdict: str
    tested: Moment


@blueprint.get("/")
def index() -> Response:
    """Show all accounts."""
    now, found = clock.now(), accounts.list_all(db.session)
    healths = badges(found, now=now)
    unread = mailbox.count_unread_by_account(db.session)
    rows = [
        (account, _stamp(account, now), healths[account.id], _unread(unread.get(account.id, 0))) for account in found
    ]
    look = f"{now.timestamp() * 1000:.0f}"
    return replies.page_or_partial("accounts/list.html", "accounts/_list_update.html", rows=rows, look=look)


@blueprint.post("/<id:account_id>/active")
def switch(account_id: int) -> Response:
    """Switch an account on or off. One that is not proven is tested first; switching off needs no server."""
    account = accounts.get(db.session, account_id)
    if request.form.get("active") != "on":
        accounts.deactivate(db.session, account)
    elif not account.is_proven and not account.active:
        return _prove(account)
    else:
        accounts.activate(db.session, account)
    db.session.commit()
    if replies.wants_partial():
        now = clock.now()
        row: dict[str, Any] = {
            "account": account,
            "stamp": _stamp(account, now),
            "health": badges([account], now=now)[account.id],
        }
        unread = _unread(mailbox.count_unread(db.session, account_id=account.id))
        return replies.page("accounts/_account.html", **row, unread=unread)
    if request.form.get("next") == "fetching":
        return replies.proceed(url_for("fetching.show", account_id=account_id))
    return replies.proceed(url_for("accounts.index", _anchor=f"account-{account_id}"))


@blueprint.get("/<id:account_id>/remove")
def confirm_removal(account_id: int) -> Response:
    """Ask whether an account is really to be removed, and say what that means."""
    account, kept = accounts.get(db.session, account_id), mailbox.count_messages(db.session, account_id)
    return replies.page("accounts/remove.html", account=account, kept=kept)


@blueprint.post("/<id:account_id>/remove")
def remove(account_id: int) -> Response:
    """Remove an account."""
    account = accounts.get(db.session, account_id)
    name = account.name
    if request.form.get("with-mail") == "y":
        mailbox.delete_of(db.session, account)
    connection_tests.forget_account(db.session, account)
    sending.round_trips.forget_account(db.session, account)
    accounts.remove(db.session, account)
    db.session.commit()
    flash(_("The account “%(name)s” is deleted.", name=name), "success")
    return replies.leave(url_for("accounts.index"))


def _prove(account: Account) -> Response:
    """Start the test that switches ``account`` on when it passes."""
    draft = Draft(
        details=replace(accounts.details_of(account), active=True),
        submission=secrets.token_urlsafe(16),
        owner=current_owner(),
        account=account,
        account_version=account.version,
    )
    try:
        started = connection_tests.start(db.session, draft, saves=True, vault=current_config().vault, now=clock.now())
    except REFUSALS:
        db.session.rollback()
        flash(_("Complete this account and save it: that tests it, and then it is switched on."), "warning")
        return replies.leave(url_for("accounts.edit", account_id=account.id))
    launch(started)
    return lead_to(started.test)


def _stamp(account: Account, now: datetime) -> TestStamp | None:
    """Return what the list says about the last test; None: the account was never tested."""
    if account.tested_at is None:
        return None
    failed = [
        side
        for side, outcome in (("imap", account.imap_outcome), ("smtp", account.smtp_outcome))
        if outcome not in (None, "", Outcome.OK)
    ]
    verdicts = {
        (): _("Works"),
        ("imap",): _("Incoming mail fails"),
        ("smtp",): _("Outgoing mail fails"),
        ("imap", "smtp"): _("Both servers fail"),
    }
    return TestStamp(
        kind="error" if failed else "success",
        verdict=verdicts[tuple(failed)],
        tested=moment_of(account.tested_at, now),
    )


def _unread(count: int) -> str:
    """Say how many messages are unread, as far as they were counted; nothing where none is."""
    if count >= mailbox.MOST_COUNTED:
        return str(_("%(num)d+ unread", num=mailbox.MOST_COUNTED - 1))
    return str(ngettext("%(num)d unread", "%(num)d unread", count)) if count else ""

"""Starting and forgetting connection tests."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from app import accounts
from app.accounts import AccountDetails
from app.connection_tests.credentials import Completed, complete, details_of, seal_into
from app.connection_tests.draft import Draft
from app.connection_tests.queries import find_unfinished
from app.connection_tests.receipts import find_passed
from app.mail.settings import Side
from app.models import ConnectionTest, TestState
from app.vault import SecretUnreadable, Vault

# A person who saw a test fail corrects the form within this time; then the typed passwords are wiped.
PASSWORD_LIFE = timedelta(minutes=30)
ROW_LIFE = timedelta(days=7)


def start(session: Session, draft: Draft, *, saves: bool, vault: Vault, now: datetime) -> ConnectionTest:
    """Return a queued test of ``draft``; the caller commits and then enqueues it.

    A side that passed with exactly these values a moment ago is not tried again, unless both have: then the person
    wants to see both again. A second submit of the same values gets the test that is under way. With ``saves`` the
    details are saved as soon as both sides have passed.

    Raises PasswordNeeded, AddressTaken, ChangedMeanwhile.
    """
    if draft.account is None:
        accounts.refuse_creating(session, draft.details, draft.submission)
    else:
        accounts.refuse_changing(session, draft.account, draft.details, draft.account_version)
    completed = complete(draft, vault)
    under_way = find_unfinished(session, draft.submission, draft.user_id, saves=saves, now=now)
    if under_way is not None and _holds(under_way, completed.details, vault):
        return under_way
    test = _new_test(draft, completed, saves=saves, now=now)
    seal_into(test, completed, vault)
    _take_over_passed_sides(session, test, completed.details, vault=vault, now=now)
    session.add(test)
    return test


def forget_expired(session: Session, *, now: datetime) -> None:
    """Wipe the passwords of tests older than 30 minutes, and delete tests older than a week."""
    sealed = or_(ConnectionTest.imap_password.is_not(None), ConnectionTest.smtp_password.is_not(None))
    session.execute(
        update(ConnectionTest)
        .where(ConnectionTest.created_at < now - PASSWORD_LIFE, sealed)
        .values(imap_password=None, smtp_password=None)
    )
    session.execute(delete(ConnectionTest).where(ConnectionTest.created_at < now - ROW_LIFE))


def _new_test(draft: Draft, completed: Completed, *, saves: bool, now: datetime) -> ConnectionTest:
    return ConnectionTest(
        id=secrets.token_urlsafe(12),
        user_id=draft.user_id,
        account_id=draft.account.id if draft.account else None,
        account_version=draft.account_version,
        submission=draft.submission,
        saves=saves,
        state=TestState.QUEUED,
        details=completed.details.to_json(),
        imap_steps=[],
        smtp_steps=[],
        created_at=now,
    )


def _holds(test: ConnectionTest, details: AccountDetails, vault: Vault) -> bool:
    try:
        return details_of(test, vault) == details
    except SecretUnreadable:
        return False


def _take_over_passed_sides(
    session: Session, test: ConnectionTest, details: AccountDetails, *, vault: Vault, now: datetime
) -> None:
    passed = {side: find_passed(session, details, side, user_id=test.user_id, vault=vault, now=now) for side in Side}
    if all(passed.values()):
        return
    # The receipt stays with the test that earned it: copied, it would outlive its 15 minutes.
    for side, earlier in passed.items():
        if earlier is not None:
            setattr(test, f"{side}_steps", getattr(earlier, f"{side}_steps"))
            setattr(test, f"{side}_result", getattr(earlier, f"{side}_result"))

"""Starting and forgetting connection tests."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_
from sqlalchemy.orm import Session

from app import accounts
from app.accounts import AccountDetails
from app.connection_tests.credentials import Completed, complete, details_of, forget_passwords, seal_into
from app.connection_tests.draft import Draft
from app.connection_tests.owner import Owner
from app.connection_tests.queries import find_unfinished
from app.connection_tests.receipts import find_passed
from app.connection_tests.states import cancel
from app.mail.outcomes import Outcome
from app.mail.settings import Side
from app.models import Account, ConnectionTest, Problem, TestState
from app.vault import Vault

# A person who saw a test fail corrects the form within this time; then the typed passwords are wiped.
PASSWORD_LIFE = timedelta(minutes=30)
ROW_LIFE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Started:
    """A queued test; the caller commits and enqueues it. ``again``: the same values were on their way already."""

    test: ConnectionTest
    again: bool = False


def start(session: Session, draft: Draft, *, saves: bool, vault: Vault, now: datetime) -> Started:
    """Queue a test of ``draft``.

    A second submit of the same values gets the test that is under way; other tests of the same form end. A side that
    passed with exactly these values a moment ago is not tried again, unless both have: then the person wants to see
    both again. With ``saves`` the details are saved as soon as both sides have passed.

    Raises PasswordNeeded, AddressTaken, AlreadyCreated, ChangedMeanwhile.
    """
    completed = complete(draft, vault)
    if draft.account is None:
        accounts.refuse_creating(session, completed.details, draft.submission, vault)
    else:
        accounts.refuse_changing(session, draft.account, completed.details, draft.account_version)
    for other in find_unfinished(session, draft.submission, draft.owner, now=now):
        if other.saves is saves and details_of(other, vault) == completed.details:
            return Started(other, again=True)
        # The form says something else now; what it said before must not be saved behind the person's back.
        cancel(session, other)
    test = _new_test(draft, completed, saves=saves, now=now)
    seal_into(test, completed, vault)
    _take_over_passed_sides(session, test, completed.details, vault=vault, now=now)
    if draft.only is not None and draft.held is not None:
        _take_over_the_other_failure(test, draft.held, draft.only, completed.details, vault)
    session.add(test)
    return Started(test)


def put_off(test: ConnectionTest, *, until: datetime) -> None:
    """End a test that was not begun because there were too many; it may be tried again at ``until``."""
    test.state, test.problem, test.retry_at = TestState.CANCELLED, Problem.TOO_MANY_TESTS, until


def forget_account(session: Session, account: Account) -> None:
    """Delete the tests of ``account`` and their passwords; one that runs ends without them, and says why."""
    of_account = or_(ConnectionTest.account_id == account.id, ConnectionTest.saved_account_id == account.id)
    ended = ConnectionTest.state.in_([TestState.FINISHED, TestState.CANCELLED])
    session.execute(delete(ConnectionTest).where(of_account, ended))
    forget_passwords(session, of_account)


def forget_expired(session: Session, *, now: datetime) -> None:
    """Wipe the passwords of tests older than 30 minutes, and delete tests older than a week."""
    forget_passwords(session, ConnectionTest.created_at < now - PASSWORD_LIFE)
    session.execute(delete(ConnectionTest).where(ConnectionTest.created_at < now - ROW_LIFE))


def _new_test(draft: Draft, completed: Completed, *, saves: bool, now: datetime) -> ConnectionTest:
    return ConnectionTest(
        id=secrets.token_urlsafe(12),
        user_id=draft.owner.user_id,
        link_id=draft.owner.link_id,
        account_id=draft.account.id if draft.account else None,
        account_version=draft.account_version,
        submission=draft.submission,
        saves=saves,
        state=TestState.QUEUED,
        details=completed.details.to_json(),
        suggested=draft.suggested,
        additional=draft.additional,
        imap_steps=[],
        smtp_steps=[],
        created_at=now,
    )


def _take_over_passed_sides(
    session: Session, test: ConnectionTest, details: AccountDetails, *, vault: Vault, now: datetime
) -> None:
    passed = find_passed(session, details, owner=Owner.of(test), vault=vault, now=now)
    if len(passed) == len(Side):
        return
    # The receipt stays with the test that earned it: copied, it would outlive its 15 minutes.
    for side, earlier in passed.items():
        _take_over(test, earlier, side)


def _take_over_the_other_failure(
    test: ConnectionTest, held: ConnectionTest, only: Side, details: AccountDetails, vault: Vault
) -> None:
    # Only a failure: what passed is good for 15 minutes, which its receipt counts.
    before = details_of(held, vault)
    for side in Side:
        unchanged = (before.server(side), before.fast_mode) == (details.server(side), details.fast_mode)
        result = getattr(held, f"{side}_result")
        if side is not only and unchanged and result is not None and result["outcome"] != Outcome.OK:
            _take_over(test, held, side)


def _take_over(test: ConnectionTest, earlier: ConnectionTest, side: Side) -> None:
    setattr(test, f"{side}_steps", getattr(earlier, f"{side}_steps"))
    setattr(test, f"{side}_result", getattr(earlier, f"{side}_result"))

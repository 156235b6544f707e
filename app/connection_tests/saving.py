"""What "Save changes" does: save at once where nothing is left to prove, else test first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app import accounts
from app.accounts import AccountDetails, Tested
from app.connection_tests.creating import create
from app.connection_tests.credentials import Completed, PasswordNeeded, complete, forget_passwords
from app.connection_tests.draft import Draft
from app.connection_tests.operations import Started, start
from app.connection_tests.receipts import find_passed
from app.mail.outcomes import Outcome
from app.mail.settings import Side
from app.models import Account, ConnectionTest
from app.vault import Vault


@dataclass(frozen=True, slots=True)
class Saved:
    """The account has been written; the caller commits."""

    account: Account


def save(session: Session, draft: Draft, *, vault: Vault, now: datetime) -> Saved | Started:
    """Save ``draft`` or start a test that will.

    Saved at once: what changes no connection value; an inactive account (its server may be down, which is what
    switching off is for); values for which both sides have a receipt. Tested even so: the stored values with a password
    that was typed again for an active account that waits for a person.

    Raises PasswordNeeded, AddressTaken, AlreadyCreated, ChangedMeanwhile, LinkUsed.
    """
    try:
        completed = complete(draft, vault)
    except PasswordNeeded:
        # The same form once more, after its account was saved and the passwords of its tests were wiped.
        done_before = _done_before(session, draft, draft.details, vault)
        if done_before is None:
            raise
        return Saved(done_before)
    wait_ends = _ends_a_wait(draft, completed, vault)
    saved = None if wait_ends else _save_at_once(session, draft, completed.details, vault, now)
    return saved or start(session, draft, saves=True, vault=vault, now=now)


def _save_at_once(session: Session, draft: Draft, details: AccountDetails, vault: Vault, now: datetime) -> Saved | None:
    done_before = _done_before(session, draft, details, vault)
    if done_before is not None:
        return Saved(done_before)
    if draft.account is not None and _changes_no_connection(draft.account, details, vault):
        return _saved(session, draft, details, Tested.of(draft.account), vault=vault, now=now)
    passed = find_passed(session, details, owner=draft.owner, vault=vault, now=now)
    times = [test.finished_at for test in passed.values() if test.finished_at is not None]
    if len(times) == len(Side):
        return _saved(session, draft, details, Tested(min(times), Outcome.OK, Outcome.OK), vault=vault, now=now)
    if not details.active:
        return _saved(session, draft, details, None, vault=vault, now=now)
    return None


def _ends_a_wait(draft: Draft, completed: Completed, vault: Vault) -> bool:
    """Return whether a password that was refused is said to be right: only its server knows, and no older receipt."""
    if draft.account is None or not (draft.waits and completed.typed and completed.details.active):
        return False
    return completed.details.probe_request == accounts.details_of(draft.account, vault).probe_request


def _done_before(session: Session, draft: Draft, details: AccountDetails, vault: Vault) -> Account | None:
    """Return the account if it says all this already: the form was submitted twice, or nothing was changed."""
    if draft.account is None:
        return accounts.refuse_creating(session, details, draft.submission, vault)
    return draft.account if accounts.holds(draft.account, details, vault) else None


def _changes_no_connection(account: Account, details: AccountDetails, vault: Vault) -> bool:
    stored = accounts.details_of(account, vault)
    proves_itself = details.active and not stored.active and not account.is_proven
    return details.probe_request == stored.probe_request and not proves_itself


def _saved(
    session: Session,
    draft: Draft,
    details: AccountDetails,
    tested: Tested | None,
    *,
    vault: Vault,
    now: datetime,
) -> Saved:
    # First the tests, then the link and the account, as a worker does: otherwise each could wait for the other.
    forget_passwords(session, ConnectionTest.submission == draft.submission)
    account = draft.account
    if account is None:
        account = create(
            session, details, submission=draft.submission, owner=draft.owner, tested=tested, vault=vault, now=now
        )
    else:
        accounts.change(
            session,
            account,
            details,
            expected_version=draft.account_version,
            tested=tested,
            vault=vault,
            now=now,
        )
    if draft.held is not None:
        # Whoever goes back to that test is led on to the account.
        draft.held.saved_account_id = account.id
    return Saved(account)

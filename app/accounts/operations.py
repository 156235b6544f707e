"""Writes. The caller commits; after AddressTaken or ChangedMeanwhile it rolls back first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.details import AccountDetails
from app.accounts.identity import address_key
from app.accounts.queries import find_by_address, find_by_submission
from app.models import Account
from app.vault import Vault, sealed_context


class AddressTaken(Exception):
    """Another account has this address."""


class ChangedMeanwhile(Exception):
    """Somebody else has changed the account since the form was opened."""


@dataclass(frozen=True, slots=True)
class Tested:
    """When exactly these settings were tried, and what each side said."""

    at: datetime
    imap_outcome: str
    smtp_outcome: str

    @classmethod
    def of(cls, account: Account) -> "Tested | None":
        """Return the stamp that ``account`` carries."""
        if account.tested_at is None:
            return None
        return cls(account.tested_at, account.imap_outcome or "", account.smtp_outcome or "")


def refuse_creating(session: Session, details: AccountDetails, submission: str | None) -> Account | None:
    """Return the account that this very form made before, if it did.

    Raises AddressTaken; ChangedMeanwhile if the form made an account before, but with other values.
    """
    made_before = find_by_submission(session, submission) if submission else None
    if made_before is not None:
        if not _says_the_same(made_before, details):
            raise ChangedMeanwhile(made_before.id)
        return made_before
    if find_by_address(session, details.email) is not None:
        raise AddressTaken(details.email)
    return None


def refuse_changing(session: Session, account: Account, details: AccountDetails, expected_version: int | None) -> None:
    """Raise AddressTaken, or ChangedMeanwhile if the account is no longer at ``expected_version``."""
    if expected_version is not None and account.version != expected_version:
        raise ChangedMeanwhile(account.id)
    other = find_by_address(session, details.email)
    if other is not None and other.id != account.id:
        raise AddressTaken(details.email)


def create(
    session: Session,
    details: AccountDetails,
    *,
    submission: str | None,
    tested: Tested | None,
    vault: Vault,
    now: datetime,
) -> Account:
    """Return a new account; the same form submitted twice gets the account it made before.

    Raises what ``refuse_creating`` raises.
    """
    made_before = refuse_creating(session, details, submission)
    if made_before is not None:
        return made_before
    account = Account(submission=submission, created_at=now)
    _write(account, details, now)
    _stamp(account, tested)
    session.add(account)
    _flush(session, details)  # the id is part of what the passwords are sealed for
    _seal(account, details, vault)
    return account


def change(
    session: Session,
    account: Account,
    details: AccountDetails,
    *,
    expected_version: int | None,
    tested: Tested | None,
    vault: Vault,
    now: datetime,
) -> None:
    """Write ``details`` over ``account``, with complete passwords, and the stamp of their test (None: not tested).

    Raises what ``refuse_changing`` raises.
    """
    refuse_changing(session, account, details, expected_version)
    _write(account, details, now)
    _stamp(account, tested)
    _seal(account, details, vault)
    _flush(session, details)


def activate(session: Session, account: Account) -> None:
    """Let mail be fetched from ``account`` again."""
    _switch(session, account, active=True)


def deactivate(session: Session, account: Account) -> None:
    """Stop fetching from ``account``; everything fetched stays."""
    _switch(session, account, active=False)


def remove(session: Session, account: Account) -> None:
    """Delete ``account`` and its passwords."""
    session.delete(account)


def _flush(session: Session, details: AccountDetails) -> None:
    # Between the question above and here another process may have been faster; the database has the last word.
    try:
        session.flush()
    except IntegrityError as error:
        raise AddressTaken(details.email) from error
    except StaleDataError as error:
        raise ChangedMeanwhile from error


def _switch(session: Session, account: Account, *, active: bool) -> None:
    # A plain UPDATE, not a change of the version: switching must not make an open edit form fail.
    session.execute(update(Account).where(Account.id == account.id).values(active=active))
    session.refresh(account, ["active"])


def _says_the_same(account: Account, details: AccountDetails) -> bool:
    return address_key(details.email) == account.email_key and all(
        getattr(account, name) == getattr(details, name)
        for name in ("imap_host", "imap_port", "imap_username", "smtp_host", "smtp_port")
    )


def _write(account: Account, details: AccountDetails, now: datetime) -> None:
    account.name = details.name
    account.email = details.email
    account.email_key = address_key(details.email)
    account.colour = details.colour
    account.imap_host = details.imap_host
    account.imap_port = details.imap_port
    account.imap_security = details.imap_security
    account.imap_username = details.imap_username
    account.fast_mode = details.fast_mode
    account.smtp_host = details.smtp_host
    account.smtp_port = details.smtp_port
    account.smtp_security = details.smtp_security
    account.smtp_auth = details.smtp_auth
    account.smtp_same_credentials = details.smtp_same_credentials
    account.smtp_username = details.smtp_username if details.smtp_has_own_credentials else None
    account.active = details.active
    account.changed_at = now


def _stamp(account: Account, tested: Tested | None) -> None:
    account.tested_at = tested.at if tested else None
    account.imap_outcome = tested.imap_outcome if tested else None
    account.smtp_outcome = tested.smtp_outcome if tested else None


def _seal(account: Account, details: AccountDetails, vault: Vault) -> None:
    account.imap_password = _sealed(account, "imap_password", details.imap_password, vault)
    own = details.smtp_password if details.smtp_has_own_credentials else None
    account.smtp_password = _sealed(account, "smtp_password", own, vault)


def _sealed(account: Account, column: str, secret: str | None, vault: Vault) -> str | None:
    if secret is None:
        return None
    return vault.seal(secret, context=sealed_context(Account.__tablename__, account.id, column))

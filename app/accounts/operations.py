"""Writes. The caller commits; after AddressTaken, AlreadyCreated or ChangedMeanwhile it rolls back first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.details import AccountDetails
from app.accounts.queries import AccountNotFound, details_of, find_by_address, find_by_submission, holds
from app.mail.address import address_key
from app.models import Account, Stationery
from app.models.sealing import seal
from app.models.turns import take_turn
from app.vault import Vault


class AddressTaken(Exception):
    """Another account has this address."""


class ChangedMeanwhile(Exception):
    """Somebody else has changed the account since the form was opened."""


class AlreadyCreated(Exception):
    """This very form has created an account before, with other values. ``account_id`` is that account's."""

    def __init__(self, account_id: int) -> None:
        super().__init__(account_id)
        self.account_id = account_id


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


def refuse_creating(session: Session, details: AccountDetails, submission: str | None, vault: Vault) -> Account | None:
    """Return the account that this very form made before with the same values. Raises AddressTaken, AlreadyCreated."""
    made_before = find_by_submission(session, submission) if submission else None
    if made_before is not None:
        if not holds(made_before, details, vault):
            raise AlreadyCreated(made_before.id)
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
    added_by: int | None = None,
) -> Account:
    """Return a new account, of the person ``added_by``; the same form submitted twice gets the account it made before.

    Raises AddressTaken, AlreadyCreated.
    """
    made_before = refuse_creating(session, details, submission, vault)
    if made_before is not None:
        return made_before
    account = Account(submission=submission, created_at=now, added_by=added_by)
    _write(session, account, details, now)
    _stamp(account, tested)
    try:
        # The id is part of what the passwords are sealed for. The savepoint keeps what else the caller has done.
        with session.begin_nested():
            session.add(account)
            session.flush()
    except IntegrityError as error:
        # Between the question above and here another process was faster; it may have been for this very form.
        made_before = refuse_creating(session, details, submission, vault)
        if made_before is None:
            raise AddressTaken(details.email) from error
        return made_before
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
    # Asked before anything is written.
    leads_elsewhere = details_of(account, vault).way_to_mail != details.way_to_mail
    _write(session, account, details, now)
    _stamp(account, tested)
    _seal(account, details, vault)
    if leads_elsewhere:
        account.incoming_version += 1
    try:
        session.flush()
    except IntegrityError as error:
        raise AddressTaken(details.email) from error
    except StaleDataError as error:
        raise ChangedMeanwhile from error


def activate(session: Session, account: Account) -> None:
    """Let mail be fetched from ``account`` again. Raises AccountNotFound."""
    _switch(session, account, active=True)


def deactivate(session: Session, account: Account) -> None:
    """Stop fetching from ``account``; everything fetched stays. Raises AccountNotFound."""
    _switch(session, account, active=False)


def remove(session: Session, account: Account) -> None:
    """Delete ``account`` and its passwords; no matter if somebody else was faster."""
    take_turn(session, [account.id])
    session.execute(delete(Account).where(Account.id == account.id))


def record_test(session: Session, account: Account, tested: Tested) -> None:
    """Note what the last test of exactly the stored settings has said."""
    # A plain UPDATE, not a change of the version: a look at the servers must not make an open edit form fail.
    stamp = {"tested_at": tested.at, "imap_outcome": tested.imap_outcome, "smtp_outcome": tested.smtp_outcome}
    unchanged = (Account.id == account.id, Account.version == account.version)
    session.execute(update(Account).where(*unchanged).values(stamp))


def _switch(session: Session, account: Account, *, active: bool) -> None:
    # It counts as a change, so that a form opened before cannot switch back unseen what somebody has switched.
    session.execute(
        update(Account)
        .where(Account.id == account.id, Account.active.is_not(active))
        .values(active=active, version=Account.version + 1, incoming_version=Account.incoming_version + 1)
    )
    try:
        session.refresh(account, ["active", "version", "incoming_version"])
    except InvalidRequestError as error:
        raise AccountNotFound(account.id) from error


def _write(session: Session, account: Account, details: AccountDetails, now: datetime) -> None:
    # First of all: a question would send what is half written.
    account.stationery_id = _stationery_id(session, details.stationery)
    account.name = details.name
    account.email = details.email
    account.email_key = address_key(details.email)
    account.colour = details.colour
    account.imap_host = details.imap_host
    account.imap_port = details.imap_port
    account.imap_security = details.imap_security
    account.imap_username = details.imap_username
    account.imap_pin = details.imap_pin
    account.fast_mode = details.fast_mode
    account.smtp_host = details.smtp_host
    account.smtp_port = details.smtp_port
    account.smtp_security = details.smtp_security
    account.smtp_auth = details.smtp_auth
    account.smtp_same_credentials = details.smtp_same_credentials
    account.smtp_username = details.smtp_username if details.smtp_has_own_credentials else None
    account.smtp_pin = details.smtp_pin
    account.active = details.active
    account.changed_at = now


def _stationery_id(session: Session, chosen: str) -> int | None:
    """Return the id of the chosen stationery; one that was deleted during the test is let go."""
    if not chosen:
        return None
    # Held until the account is written, so that it cannot be deleted in between.
    return session.scalar(select(Stationery.id).where(Stationery.id == int(chosen)).with_for_update(read=True))


def _stamp(account: Account, tested: Tested | None) -> None:
    account.tested_at = tested.at if tested else None
    account.imap_outcome = tested.imap_outcome if tested else None
    account.smtp_outcome = tested.smtp_outcome if tested else None


def _seal(account: Account, details: AccountDetails, vault: Vault) -> None:
    seal(account, "imap_password", details.imap_password, vault)
    seal(account, "smtp_password", details.smtp_password if details.smtp_has_own_credentials else None, vault)

"""Reads."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.details import AccountDetails
from app.mail.address import address_key
from app.models import Account
from app.models.sealing import unsealed
from app.vault import Vault


class AccountNotFound(Exception):
    """There is no such account, or no longer."""


def get(session: Session, account_id: int) -> Account:
    """Return the account. Raises AccountNotFound."""
    account = session.get(Account, account_id)
    if account is None:
        raise AccountNotFound(account_id)
    return account


def find(session: Session, account_id: int) -> Account | None:
    """Return the account, or None if it is gone."""
    return session.get(Account, account_id)


def hold(session: Session, account_id: int) -> Account | None:
    """Return an account that nobody deletes until the transaction ends, or None if it is gone."""
    # SQLite has one writer at a time, and no such locks.
    return session.get(Account, account_id, with_for_update={"read": True, "key_share": True})


def list_all(session: Session) -> list[Account]:
    """Return all accounts by name."""
    return list(session.scalars(select(Account).order_by(Account.name, Account.id)))


def find_by_address(session: Session, email: str) -> Account | None:
    """Return the account that has this address, in whatever spelling."""
    return session.scalar(select(Account).where(Account.email_key == address_key(email)))


def find_by_submission(session: Session, submission: str) -> Account | None:
    """Return the account that this very form has created."""
    return session.scalar(select(Account).where(Account.submission == submission))


def colours_in_use(session: Session) -> list[str]:
    """Return the colour of each account."""
    return list(session.scalars(select(Account.colour)))


def holds(account: Account, details: AccountDetails, vault: Vault) -> bool:
    """Say whether ``account`` says exactly what ``details`` say; a password left blank means the stored one."""
    stored = details_of(account, vault)
    wanted = replace(
        details,
        imap_password=details.imap_password or stored.imap_password,
        smtp_password=details.smtp_password or stored.smtp_password,
    )
    return wanted == stored


def details_of(account: Account, vault: Vault | None = None) -> AccountDetails:
    """Return what is stored about ``account``, its passwords as far as ``vault`` opens them."""
    return AccountDetails(
        name=account.name,
        email=account.email,
        colour=account.colour,
        imap_host=account.imap_host,
        imap_port=account.imap_port,
        imap_security=account.imap_security,
        imap_username=account.imap_username,
        imap_password=unsealed(account, "imap_password", vault),
        imap_pin=account.imap_pin,
        fast_mode=account.fast_mode,
        smtp_host=account.smtp_host,
        smtp_port=account.smtp_port,
        smtp_security=account.smtp_security,
        smtp_auth=account.smtp_auth,
        smtp_same_credentials=account.smtp_same_credentials,
        smtp_username=account.smtp_username or "",
        smtp_password=unsealed(account, "smtp_password", vault),
        smtp_pin=account.smtp_pin,
        stationery=str(account.stationery_id or ""),
        active=account.active,
    )

"""Reads."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.details import AccountDetails
from app.accounts.identity import address_key
from app.models import Account
from app.vault import Vault, sealed_context


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


def details_of(account: Account, vault: Vault | None = None) -> AccountDetails:
    """Return what is stored about ``account``; its passwords only if ``vault`` opens them. Raises SecretUnreadable."""
    return AccountDetails(
        name=account.name,
        email=account.email,
        colour=account.colour,
        imap_host=account.imap_host,
        imap_port=account.imap_port,
        imap_security=account.imap_security,
        imap_username=account.imap_username,
        imap_password=_unsealed(account, "imap_password", vault),
        fast_mode=account.fast_mode,
        smtp_host=account.smtp_host,
        smtp_port=account.smtp_port,
        smtp_security=account.smtp_security,
        smtp_auth=account.smtp_auth,
        smtp_same_credentials=account.smtp_same_credentials,
        smtp_username=account.smtp_username or "",
        smtp_password=_unsealed(account, "smtp_password", vault),
        active=account.active,
    )


def _unsealed(account: Account, column: str, vault: Vault | None) -> str | None:
    sealed: str | None = getattr(account, column)
    if sealed is None or vault is None:
        return None
    return vault.unseal(sealed, context=sealed_context(Account.__tablename__, account.id, column))

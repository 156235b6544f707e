"""Which password is meant where the person left the field blank."""

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.orm import Session

from app import accounts
from app.accounts import AccountDetails
from app.connection_tests.draft import Draft
from app.models import ConnectionTest
from app.models.sealing import seal, unsealed
from app.vault import Vault


class PasswordNeeded(Exception):
    """A password has to be typed (again). ``fields`` holds the names of the inputs."""

    def __init__(self, fields: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(fields)))
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Completed:
    """Details with every password that they need, and which of those the person typed into this form."""

    details: AccountDetails
    typed: frozenset[str]


def complete(draft: Draft, vault: Vault) -> Completed:
    """Return the details with their passwords: typed, else held from this form's last test, else stored.

    A held password follows a corrected server, since the person typed it for this form; a stored one goes only to the
    place that it was stored for. Raises PasswordNeeded.
    """
    stored = accounts.details_of(draft.account, vault) if draft.account else None
    must_type = accounts.passwords_to_retype(stored, draft.details) if stored else frozenset()
    names = ["imap-password"] + (["smtp-password"] if draft.details.smtp_has_own_credentials else [])
    found: dict[str, str] = {}
    typed: set[str] = set()
    for name in names:
        attribute = name.replace("-", "_")
        secret = getattr(draft.details, attribute) or _held(draft.held, attribute, vault)
        if secret:
            typed.add(name)
        elif stored and name not in must_type:
            secret = getattr(stored, attribute)
        if secret:
            found[name] = secret
    if missing := frozenset(names) - found.keys():
        raise PasswordNeeded(missing)
    details = replace(draft.details, imap_password=found["imap-password"], smtp_password=found.get("smtp-password"))
    return Completed(details, frozenset(typed))


def seal_into(test: ConnectionTest, completed: Completed, vault: Vault) -> None:
    """Keep the passwords of ``completed`` in ``test``, sealed."""
    details = completed.details
    seal(test, "imap_password", details.imap_password, vault)
    seal(test, "smtp_password", details.smtp_password, vault)
    test.imap_password_typed = "imap-password" in completed.typed
    test.smtp_password_typed = "smtp-password" in completed.typed


def details_of(test: ConnectionTest, vault: Vault | None) -> AccountDetails:
    """Return what was typed for ``test``; its passwords as far as ``vault`` opens them."""
    return AccountDetails.from_json(
        test.details,
        imap_password=unsealed(test, "imap_password", vault),
        smtp_password=unsealed(test, "smtp_password", vault),
    )


def complete_details_of(test: ConnectionTest, vault: Vault) -> AccountDetails:
    """Return what was typed for ``test`` with its passwords. Raises PasswordNeeded if one was wiped or has no key."""
    details = details_of(test, vault)
    needed = {"imap-password": details.imap_password}
    if details.smtp_has_own_credentials:
        needed["smtp-password"] = details.smtp_password
    if missing := frozenset(name for name, secret in needed.items() if secret is None):
        raise PasswordNeeded(missing)
    return details


def is_of_what_is_saved(session: Session, test: ConnectionTest, vault: Vault) -> bool:
    """Return whether the account of ``test`` says exactly what was tested, so that there is nothing to save.

    Once a typed password is wiped nobody knows.
    """
    account = accounts.find(session, test.account_id) if test.account_id is not None else None
    wiped = (test.imap_password_typed and not test.imap_password) or (
        test.smtp_password_typed and not test.smtp_password
    )
    return account is not None and not wiped and accounts.holds(account, details_of(test, vault), vault)


def forget_passwords(session: Session, of_tests: ColumnElement[bool]) -> None:
    """Wipe the passwords of these tests. Those that hold none are not touched, so that nobody has to wait for them."""
    sealed = or_(ConnectionTest.imap_password.is_not(None), ConnectionTest.smtp_password.is_not(None))
    session.execute(update(ConnectionTest).where(of_tests, sealed).values(imap_password=None, smtp_password=None))


def _held(test: ConnectionTest | None, attribute: str, vault: Vault) -> str | None:
    if test is None or not getattr(test, f"{attribute}_typed"):
        return None
    return unsealed(test, attribute, vault)

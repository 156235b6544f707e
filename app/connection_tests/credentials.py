"""Which password is meant where the person left the field blank."""

from dataclasses import dataclass, replace

from sqlalchemy import update
from sqlalchemy.orm import Session

from app import accounts
from app.accounts import AccountDetails
from app.connection_tests.draft import Draft
from app.models import ConnectionTest
from app.vault import SecretUnreadable, Vault, sealed_context


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
    test.imap_password = _sealed(test, "imap_password", details.imap_password, vault)
    test.smtp_password = _sealed(test, "smtp_password", details.smtp_password, vault)
    test.imap_password_typed = "imap-password" in completed.typed
    test.smtp_password_typed = "smtp-password" in completed.typed


def details_of(test: ConnectionTest, vault: Vault | None) -> AccountDetails:
    """Return what was typed for ``test``; its passwords only if ``vault`` opens them. Raises SecretUnreadable."""
    return AccountDetails.from_json(
        test.details,
        imap_password=_unsealed(test, "imap_password", vault),
        smtp_password=_unsealed(test, "smtp_password", vault),
    )


def forget_passwords(session: Session, submission: str) -> None:
    """Wipe the passwords of all tests of one form; its account holds them now."""
    session.execute(
        update(ConnectionTest)
        .where(ConnectionTest.submission == submission)
        .values(imap_password=None, smtp_password=None)
    )


def _held(test: ConnectionTest | None, attribute: str, vault: Vault) -> str | None:
    if test is None or not getattr(test, f"{attribute}_typed"):
        return None
    try:
        return _unsealed(test, attribute, vault)
    except SecretUnreadable:
        return None  # then the person is asked to type it again


def _sealed(test: ConnectionTest, column: str, secret: str | None, vault: Vault) -> str | None:
    if secret is None:
        return None
    return vault.seal(secret, context=sealed_context(ConnectionTest.__tablename__, test.id, column))


def _unsealed(test: ConnectionTest, column: str, vault: Vault | None) -> str | None:
    sealed: str | None = getattr(test, column)
    if sealed is None or vault is None:
        return None
    return vault.unseal(sealed, context=sealed_context(ConnectionTest.__tablename__, test.id, column))

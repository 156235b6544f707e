"""One row about this installation: the proof that the configured vault key is the one that sealed its secrets."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.models.base import Base, sealed_column
from app.models.database import is_made
from app.vault import SecretUnreadable, Vault, sealed_context

_ROW = 1
_WORD = "skrzynka"
_NO_TABLES = "The database has no tables yet; `skrzynka migrate` makes them."
_CONTEXT = sealed_context("installation", _ROW, "key_check")


class WrongKey(Exception):
    """The configured vault keys are not the ones that sealed the secrets of this database."""


class DatabaseNotReady(Exception):
    """The database cannot be reached, or its tables have not been made."""


class Installation(Base):
    """The single row (id 1). ``key_check`` is a known word, sealed when the database was made."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_check: Mapped[str | None] = sealed_column()


def confirm_keys(session: Session, vault: Vault) -> None:
    """Prove that ``vault`` opens this database's secrets; the first time, seal the word that proves it. Commits.

    Raises WrongKey, and DatabaseNotReady when there is nothing to ask.
    """
    if not try_keys(session, vault):
        with _readiness():
            _seal_the_word(session, vault)
        try_keys(session, vault)


def try_keys(session: Session, vault: Vault) -> bool:
    """Return whether ``vault`` opens this database's secrets; False as long as none was ever sealed. Writes nothing.

    Raises WrongKey, and DatabaseNotReady when there is nothing to ask.
    """
    if not is_made(session.get_bind().engine):
        raise DatabaseNotReady(_NO_TABLES)
    with _readiness():
        row = session.get(Installation, _ROW)
    if row is None or row.key_check is None:
        return False
    try:
        vault.unseal(row.key_check, context=_CONTEXT)
    except SecretUnreadable:
        raise WrongKey("The vault key is not the one that sealed the passwords in this database.") from None
    return True


@contextmanager
def _readiness() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        said = _first_line(error)
        if "no such table" in said or "does not exist" in said:
            raise DatabaseNotReady(_NO_TABLES) from error
        raise DatabaseNotReady(f"The database cannot be used: {said}") from error


def _seal_the_word(session: Session, vault: Vault) -> None:
    session.merge(Installation(id=_ROW, key_check=vault.seal(_WORD, context=_CONTEXT)))
    try:
        session.commit()
    except IntegrityError:
        # Another process, started at the same moment, was first; what it sealed is what counts.
        session.rollback()


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0]

"""Secrets in sealed columns: sealed for their row and column, and read back as far as the vault opens them."""

from typing import Protocol

from app.vault import SecretUnreadable, Vault, sealed_context


class Row(Protocol):
    """A row of a table whose primary key is ``id``; it has to have been flushed, since the id is part of the seal."""

    __tablename__: str

    @property
    def id(self) -> object:
        """The primary key."""


def seal(row: Row, column: str, secret: str | None, vault: Vault) -> None:
    """Put ``secret`` into ``column``, sealed; None empties it."""
    sealed = None if secret is None else vault.seal(secret, context=sealed_context(row.__tablename__, row.id, column))
    setattr(row, column, sealed)


def unsealed(row: Row, column: str, vault: Vault | None) -> str | None:
    """Return the secret in ``column``, or None without a vault.

    One that cannot be opened any more is as good as none: the person is asked for it.
    """
    sealed: str | None = getattr(row, column)
    if sealed is None or vault is None:
        return None
    try:
        return vault.unseal(sealed, context=sealed_context(row.__tablename__, row.id, column))
    except SecretUnreadable:
        return None

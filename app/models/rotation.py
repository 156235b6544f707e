"""Sealing every secret anew with the current key, a few rows at a time: it can be stopped and taken up again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, select, update
from sqlalchemy.orm import Session

from app.models.base import SEALED, Base
from app.vault import SecretUnreadable, Vault, sealed_context

_BATCH = 100


@dataclass(slots=True)
class Rotated:
    """What became of one sealed column: how many secrets were sealed anew, were already, and cannot be opened."""

    table: str
    column: str
    resealed: int = 0
    current: int = 0
    unreadable: int = 0


def sealed_columns() -> Iterator[tuple[Table, Column[Any]]]:
    """Yield every column that holds what the vault sealed."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if column.info.get(SEALED):
                yield table, column


def rotate(session: Session, vault: Vault, *, publish: Callable[[], None]) -> list[Rotated]:
    """Seal with the vault's current key what another of its keys has sealed, calling ``publish`` after each batch."""
    return [_rotate_column(session, vault, table, column, publish) for table, column in sealed_columns()]


def _rotate_column(
    session: Session, vault: Vault, table: Table, column: Column[Any], publish: Callable[[], None]
) -> Rotated:
    (key,) = table.primary_key.columns
    counts = Rotated(table.name, column.name)
    batch = select(key, column).where(column.is_not(None)).order_by(key).limit(_BATCH)
    last: Any = None
    while rows := session.execute(batch if last is None else batch.where(key > last)).all():
        for row, sealed in rows:
            resealed = _resealed(vault, counts, sealed, sealed_context(table.name, row, column.name))
            if resealed:
                # A secret that was changed meanwhile stays as it is.
                session.execute(update(table).where(key == row, column == sealed).values({column: resealed}))
        last = rows[-1][0]
        publish()
    return counts


def _resealed(vault: Vault, counts: Rotated, sealed: str, context: str) -> str | None:
    try:
        secret = vault.unseal(sealed, context=context)
    except SecretUnreadable:
        counts.unreadable += 1
        return None
    if vault.sealed_with_current(sealed):
        counts.current += 1
        return None
    counts.resealed += 1
    return vault.seal(secret, context=context)

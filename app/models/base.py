"""What all tables share: naming of constraints, times in UTC, and the mark on sealed columns."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Dialect, Enum, MetaData, Table, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column

# Named constraints, because SQLite migrations can only drop what has a name.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC. SQLite keeps no zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  (SQLAlchemy asks)
        """Return ``value`` in UTC. Raises ValueError for a naive moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  (SQLAlchemy asks)
        """Return the stored moment, aware, in UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The parent of every table. A number is given to one row only, on SQLite too, also when that row is deleted.

    Numbers stand in addresses, in open forms and in work under way: what was meant for a row must not meet another.
    """

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012  (SQLAlchemy reads it from the class)

    @classmethod
    def __table_cls__(cls, name: str, metadata: MetaData, *parts: Any, **options: Any) -> Table:
        """Return the table of a model."""
        return Table(name, metadata, *parts, sqlite_autoincrement=True, **options)


SEALED = "sealed"


def sealed_column(**options: Any) -> MappedColumn[Any]:
    """Return a text column that holds only what the vault sealed; ``skrzynka keys rotate`` finds it by this mark."""
    return mapped_column(Text, info={SEALED: True}, **options)


def text_enum(values: type[StrEnum], *, length: int = 16) -> Enum:
    """Return a column type that stores a StrEnum by its value, as text, so that a new value needs no ALTER TYPE."""
    return Enum(
        values, native_enum=False, length=length, values_callable=lambda kind: [member.value for member in kind]
    )

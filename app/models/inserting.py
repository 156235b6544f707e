"""Rows that another process may be inserting at the same moment, and many rows at once."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple, cast

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.models.base import Base


def insert_if_absent(session: Session, model: type[Base]) -> Any:
    """Return an INSERT that leaves alone what is there already, on either database."""
    dialect = postgresql if _is_postgresql(session.get_bind().dialect) else sqlite
    return dialect.insert(cast(Table, model.__table__)).on_conflict_do_nothing()


def insert_many(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, all with the same columns; those that are there already are left alone.

    Past SQLAlchemy's own way for many rows, which takes longer over each than the database does. PostgreSQL gets one
    array for each column: one statement, whatever the number of rows.
    """
    if not rows:
        return
    names = tuple(rows[0])
    connection = session.connection()
    plan = _plan(model, names, connection.dialect)
    columns = [list(map(itemgetter(name), rows)) for name in names]
    for number, to_database in plan.processors:
        columns[number] = list(map(to_database, columns[number]))
    if _is_postgresql(connection.dialect):
        connection.exec_driver_sql(plan.statement, tuple(columns))
    else:
        connection.exec_driver_sql(plan.statement, list(zip(*columns, strict=True)))


class _Plan(NamedTuple):
    """A statement, and what turns the values of some of its columns, by number, into what the driver takes."""

    statement: str
    processors: tuple[tuple[int, Any], ...]


@lru_cache
def _plan(model: type[Base], names: tuple[str, ...], dialect: Dialect) -> _Plan:
    table = cast(Table, model.__table__)
    quote = dialect.identifier_preparer
    types = [table.c[name].type for name in names]
    into = f"INSERT INTO {quote.format_table(table)} ({', '.join(quote.quote(name) for name in names)})"
    if _is_postgresql(dialect):
        # Without its length: a cast would cut a text that is too long, where the table refuses it.
        arrays = ", ".join(f"%b::{kind.compile(dialect).partition('(')[0]}[]" for kind in types)
        values = f"SELECT * FROM unnest({arrays})"  # noqa: S608 -- names of types, and nothing from anybody
    else:
        values = f"VALUES ({', '.join('?' * len(names))})"
    found = [kind.dialect_impl(dialect).bind_processor(dialect) for kind in types]
    processors = tuple((number, each) for number, each in enumerate(found) if each is not None)
    return _Plan(f"{into} {values} ON CONFLICT DO NOTHING", processors)


def _is_postgresql(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"

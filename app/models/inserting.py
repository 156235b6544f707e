"""Many rows at once, and rows that another process may be inserting at the same moment."""

from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.models.base import Base


def insert_into(model: type[Base]) -> Any:
    """Return an INSERT into the table, past the mapping: that takes half the time where there are many rows."""
    return insert(cast(Table, model.__table__))


def insert_if_absent(session: Session, model: type[Base]) -> Any:
    """Return an INSERT of the same kind that leaves alone what is there already, on either database."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(cast(Table, model.__table__)).on_conflict_do_nothing()

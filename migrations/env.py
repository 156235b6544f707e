"""How alembic reaches the database: the caller's connection, else (the alembic command) the configured one."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, Enum

from app.config import Config
from app.models import Base
from app.models.base import UtcDateTime
from app.models.database import engine_for


def plain_type(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Write a column of ours as the plain type beneath it: a migration must not change when the models do."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        # SQLite cannot alter a column: the table is made anew.
        render_as_batch=connection.dialect.name == "sqlite",
        # All or nothing, also on SQLite, whose dialect alembic takes for one that commits at every CREATE.
        transactional_ddl=True,
        render_item=plain_type,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with engine_for(Config.from_environment().database_url).connect() as own:
        migrate(own)
        own.commit()

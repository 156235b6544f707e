"""The second of two administrators who change an embedding site is told

Before, an origin that one of them had withdrawn came back when the other one saved.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# A table that SQLite makes anew forgets it otherwise.
NO_NUMBER_TWICE = {"sqlite_autoincrement": True}


def upgrade() -> None:
    # The default is for the rows that are there; new ones say it themselves.
    with op.batch_alter_table("embed_clients", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("embed_clients", schema=None, table_kwargs=NO_NUMBER_TWICE) as batch_op:
        batch_op.alter_column("version", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("embed_clients", schema=None, table_kwargs=NO_NUMBER_TWICE) as batch_op:
        batch_op.drop_column("version")

"""Messages are listed by folder, and those counted that nobody has read."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    unread = sa.func.coalesce(sa.column("read_here"), sa.column("seen")).is_(False)
    with op.batch_alter_table("placements", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_placements_folder_id_received_at_id"), ["folder_id", "received_at", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_placements_unread"),
            ["account_id", "folder_id"],
            unique=False,
            sqlite_where=unread,
            postgresql_where=unread,
        )


def downgrade() -> None:
    with op.batch_alter_table("placements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_placements_unread"))
        batch_op.drop_index(batch_op.f("ix_placements_folder_id_received_at_id"))

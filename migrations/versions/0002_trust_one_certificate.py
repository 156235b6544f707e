"""Trust one certificate; remember when a refused test may be tried again, and how its form was shown."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("imap_pin", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("smtp_pin", sa.String(length=64), nullable=True))
    with op.batch_alter_table("connection_tests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("suggested", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("additional", sa.Boolean(), nullable=False, server_default=sa.false()))
    # The defaults were for the rows that were there; new ones say it themselves.
    with op.batch_alter_table("connection_tests", schema=None) as batch_op:
        batch_op.alter_column("suggested", server_default=None)
        batch_op.alter_column("additional", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("connection_tests", schema=None) as batch_op:
        batch_op.drop_column("additional")
        batch_op.drop_column("suggested")
        batch_op.drop_column("retry_at")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_column("smtp_pin")
        batch_op.drop_column("imap_pin")

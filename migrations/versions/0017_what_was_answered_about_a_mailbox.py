"""What a person has answered to whether it is the same mailbox: whoever answers later is told"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("fetch_states", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answered", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("answered_same", sa.Boolean(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("fetch_states", schema=None) as batch_op:
        batch_op.drop_column("answered_same")
        batch_op.drop_column("answered")

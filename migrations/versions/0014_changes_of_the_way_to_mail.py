"""Only what changes how an account reaches its mail ends a hold

Before, every change did: its name, or its colour.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("incoming_version", sa.Integer(), nullable=True))
    # Counted from where the other count is: accounts that are held stay so, and those that were changed are due.
    op.execute("UPDATE accounts SET incoming_version = version")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.alter_column("incoming_version", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("fetch_states", schema=None) as batch_op:
        batch_op.alter_column("account_version", existing_type=sa.Integer(), new_column_name="incoming_version")


def downgrade() -> None:
    with op.batch_alter_table("fetch_states", schema=None) as batch_op:
        batch_op.alter_column("incoming_version", existing_type=sa.Integer(), new_column_name="account_version")
    # The other count may have run ahead of it: whoever is held stays so.
    op.execute(
        "UPDATE fetch_states SET account_version = (SELECT version FROM accounts WHERE accounts.id = account_id) "
        "WHERE account_version = (SELECT incoming_version FROM accounts WHERE accounts.id = account_id)"
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_column("incoming_version")

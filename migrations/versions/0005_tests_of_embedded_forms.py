"""A connection test belongs to a person, or to a link to an embedded form."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("connection_tests", schema=None) as batch_op:
        batch_op.alter_column("user_id", existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column("link_id", sa.String(length=24), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_connection_tests_link_id_embed_links"), "embed_links", ["link_id"], ["id"], ondelete="CASCADE"
        )
        one_owner = "(user_id IS NULL) <> (link_id IS NULL)"
        batch_op.create_check_constraint(op.f("ck_connection_tests_one_owner"), one_owner)


def downgrade() -> None:
    # What belongs to a link would belong to nobody.
    op.execute("DELETE FROM connection_tests WHERE user_id IS NULL")
    with op.batch_alter_table("connection_tests", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_connection_tests_one_owner"), type_="check")
        batch_op.drop_constraint(op.f("fk_connection_tests_link_id_embed_links"), type_="foreignkey")
        batch_op.drop_column("link_id")
        batch_op.alter_column("user_id", existing_type=sa.Integer(), nullable=False)

"""Layouts of the form, and every version of each."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "form_layouts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=True),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_layouts")),
        sa.UniqueConstraint("name", name=op.f("uq_form_layouts_name")),
    )
    op.create_table(
        "form_layout_versions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("layout_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=320), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["layout_id"],
            ["form_layouts.id"],
            name=op.f("fk_form_layout_versions_layout_id_form_layouts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_layout_versions")),
        sa.UniqueConstraint("layout_id", "number", name=op.f("uq_form_layout_versions_layout_id_number")),
    )


def downgrade() -> None:
    op.drop_table("form_layout_versions")
    op.drop_table("form_layouts")

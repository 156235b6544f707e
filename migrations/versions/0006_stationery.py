"""Stationery, its images, and which account uses which."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "stationery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submission", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stationery")),
        sa.UniqueConstraint("name", name=op.f("uq_stationery_name")),
        sa.UniqueConstraint("submission", name=op.f("uq_stationery_submission")),
    )
    op.create_index(
        "uq_stationery_is_default",
        "stationery",
        ["is_default"],
        unique=True,
        sqlite_where=sa.text("is_default"),
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "stationery_images",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stationery_id", sa.Integer(), nullable=True),
        sa.Column("submission", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("content_id", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["stationery_id"],
            ["stationery.id"],
            name=op.f("fk_stationery_images_stationery_id_stationery"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stationery_images")),
        sa.UniqueConstraint("content_id", name=op.f("uq_stationery_images_content_id")),
        sa.UniqueConstraint("stationery_id", "name", name=op.f("uq_stationery_images_stationery_id_name")),
    )
    op.create_index(op.f("ix_stationery_images_submission"), "stationery_images", ["submission"])
    op.create_table(
        "stationery_sketches",
        sa.Column("submission", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("stationery_id", sa.Integer(), nullable=True),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_stationery_sketches_user_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["stationery_id"],
            ["stationery.id"],
            name=op.f("fk_stationery_sketches_stationery_id_stationery"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("submission", name=op.f("pk_stationery_sketches")),
    )
    op.create_index(op.f("ix_stationery_sketches_changed_at"), "stationery_sketches", ["changed_at"])
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stationery_id", sa.Integer(), nullable=True))
        batch_op.create_index(op.f("ix_accounts_stationery_id"), ["stationery_id"])
        batch_op.create_foreign_key(
            op.f("fk_accounts_stationery_id_stationery"), "stationery", ["stationery_id"], ["id"], ondelete="SET NULL"
        )


def downgrade() -> None:
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_accounts_stationery_id_stationery"), type_="foreignkey")
        batch_op.drop_index(op.f("ix_accounts_stationery_id"))
        batch_op.drop_column("stationery_id")
    op.drop_table("stationery_sketches")
    op.drop_table("stationery_images")
    op.drop_table("stationery")

"""The first tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submission", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=False),
        sa.Column("colour", sa.String(length=7), nullable=False),
        sa.Column("imap_host", sa.String(length=255), nullable=False),
        sa.Column("imap_port", sa.Integer(), nullable=False),
        sa.Column("imap_security", sa.String(length=16), nullable=False),
        sa.Column("imap_username", sa.String(length=320), nullable=False),
        sa.Column("imap_password", sa.Text(), nullable=True),
        sa.Column("fast_mode", sa.Boolean(), nullable=False),
        sa.Column("smtp_host", sa.String(length=255), nullable=False),
        sa.Column("smtp_port", sa.Integer(), nullable=False),
        sa.Column("smtp_security", sa.String(length=16), nullable=False),
        sa.Column("smtp_auth", sa.Boolean(), nullable=False),
        sa.Column("smtp_same_credentials", sa.Boolean(), nullable=False),
        sa.Column("smtp_username", sa.String(length=320), nullable=True),
        sa.Column("smtp_password", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("imap_outcome", sa.String(length=32), nullable=True),
        sa.Column("smtp_outcome", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email_key", name=op.f("uq_accounts_email_key")),
        sa.UniqueConstraint("submission", name=op.f("uq_accounts_submission")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key_check", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=True),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email_key", name=op.f("uq_users_email_key")),
    )
    op.create_table(
        "connection_tests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("account_version", sa.Integer(), nullable=True),
        sa.Column("submission", sa.String(length=64), nullable=False),
        sa.Column("saves", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("imap_password", sa.Text(), nullable=True),
        sa.Column("smtp_password", sa.Text(), nullable=True),
        sa.Column("imap_password_typed", sa.Boolean(), nullable=False),
        sa.Column("smtp_password_typed", sa.Boolean(), nullable=False),
        sa.Column("imap_steps", sa.JSON(), nullable=False),
        sa.Column("smtp_steps", sa.JSON(), nullable=False),
        sa.Column("imap_result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("smtp_result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("imap_receipt", sa.String(length=64), nullable=True),
        sa.Column("smtp_receipt", sa.String(length=64), nullable=True),
        sa.Column("saved_account_id", sa.Integer(), nullable=True),
        sa.Column("problem", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_connection_tests_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection_tests")),
    )
    with op.batch_alter_table("connection_tests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_connection_tests_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_connection_tests_submission"), ["submission"], unique=False)
        batch_op.create_index(batch_op.f("ix_connection_tests_imap_receipt"), ["imap_receipt"], unique=False)
        batch_op.create_index(batch_op.f("ix_connection_tests_smtp_receipt"), ["smtp_receipt"], unique=False)

    op.create_table(
        "sign_in_links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sign_in_links_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_links")),
    )


def downgrade() -> None:
    op.drop_table("sign_in_links")
    with op.batch_alter_table("connection_tests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_connection_tests_submission"))
        batch_op.drop_index(batch_op.f("ix_connection_tests_smtp_receipt"))
        batch_op.drop_index(batch_op.f("ix_connection_tests_imap_receipt"))
        batch_op.drop_index(batch_op.f("ix_connection_tests_created_at"))

    op.drop_table("connection_tests")
    op.drop_table("users")
    op.drop_table("installation")
    op.drop_table("accounts")

"""Outgoing messages, test messages, and where copies of sent mail go."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "outgoing_messages",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("to_text", sa.Text(), nullable=False),
        sa.Column("cc_text", sa.Text(), nullable=False),
        sa.Column("bcc_text", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("source_text", sa.Text(), nullable=False),
        sa.Column("content_html", sa.Text(), nullable=False),
        sa.Column("in_reply_to", sa.String(length=998), nullable=True),
        sa.Column("references", sa.Text(), nullable=True),
        sa.Column("sender_name", sa.String(length=200), nullable=False),
        sa.Column("sender_email", sa.String(length=320), nullable=False),
        sa.Column("message_id", sa.String(length=320), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("server_text", sa.String(length=300), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("copy_state", sa.String(length=16), nullable=False),
        sa.Column("copy_epoch", sa.Integer(), nullable=False),
        sa.Column("copy_lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("copy_attempts", sa.Integer(), nullable=False),
        sa.Column("copy_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("copy_folder", sa.String(length=500), nullable=True),
        sa.Column("copy_outcome", sa.String(length=32), nullable=True),
        sa.Column("copy_text", sa.String(length=300), nullable=True),
        sa.Column("copy_folders", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_outgoing_messages_account_id_accounts"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_outgoing_messages_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_messages")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outgoing_messages_message_id")),
    )
    with op.batch_alter_table("outgoing_messages", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outgoing_messages_account_id_state"), ["account_id", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_outgoing_messages_copy_due_at"), ["copy_due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outgoing_messages_due_at"), ["due_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_outgoing_messages_user_id_changed_at"), ["user_id", "changed_at"], unique=False
        )

    op.create_table(
        "outgoing_attachments",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outgoing_messages.id"],
            name=op.f("fk_outgoing_attachments_message_id_outgoing_messages"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_attachments")),
    )
    with op.batch_alter_table("outgoing_attachments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outgoing_attachments_message_id"), ["message_id"], unique=False)

    op.create_table(
        "outgoing_recipients",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("envelope", sa.String(length=320), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("server_text", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outgoing_messages.id"],
            name=op.f("fk_outgoing_recipients_message_id_outgoing_messages"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_recipients")),
    )
    with op.batch_alter_table("outgoing_recipients", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outgoing_recipients_message_id"), ["message_id"], unique=False)

    op.create_table(
        "round_trips",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("server_text", sa.String(length=300), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_round_trips_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outgoing_messages.id"],
            name=op.f("fk_round_trips_message_id_outgoing_messages"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_round_trips_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_trips")),
    )
    op.create_table(
        "attachment_chunks",
        sa.Column("attachment_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["outgoing_attachments.id"],
            name=op.f("fk_attachment_chunks_attachment_id_outgoing_attachments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("attachment_id", "number", name=op.f("pk_attachment_chunks")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sent_folder", sa.String(length=500), nullable=True))


def downgrade() -> None:
    op.drop_table("attachment_chunks")
    op.drop_table("round_trips")
    with op.batch_alter_table("outgoing_recipients", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outgoing_recipients_message_id"))

    op.drop_table("outgoing_recipients")
    with op.batch_alter_table("outgoing_attachments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outgoing_attachments_message_id"))

    op.drop_table("outgoing_attachments")
    with op.batch_alter_table("outgoing_messages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outgoing_messages_user_id_changed_at"))
        batch_op.drop_index(batch_op.f("ix_outgoing_messages_due_at"))
        batch_op.drop_index(batch_op.f("ix_outgoing_messages_copy_due_at"))
        batch_op.drop_index(batch_op.f("ix_outgoing_messages_account_id_state"))

    op.drop_table("outgoing_messages")
    # Last: SQLite makes the table anew, which would take along what refers to it.
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_column("sent_folder")

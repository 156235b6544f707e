"""Fetched mail, and when each account is fetched."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INDEXES = (
    ["account_id", "received_at", "id"],
    ["digest", "account_id", "received_at", "id"],
    ["received_at", "id"],
)


def upgrade() -> None:
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("added_by", sa.Integer(), nullable=True))
        batch_op.create_index(op.f("ix_accounts_added_by"), ["added_by"])
        batch_op.create_foreign_key(
            op.f("fk_accounts_added_by_users"), "users", ["added_by"], ["id"], ondelete="SET NULL"
        )

    op.create_table(
        "fetch_defaults",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("interval_minutes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fetch_defaults")),
    )
    op.create_table(
        "messages",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("flawed", sa.Boolean(), nullable=False),
        sa.Column("message_id", sa.String(length=998), nullable=True),
        sa.Column("in_reply_to", sa.String(length=998), nullable=True),
        sa.Column("references", sa.Text(), nullable=True),
        sa.Column("from_name", sa.String(length=200), nullable=False),
        sa.Column("from_address", sa.String(length=320), nullable=False),
        sa.Column("to_text", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("dated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snippet", sa.String(length=300), nullable=False),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_messages")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_messages_message_id"), ["message_id"], unique=False)

    op.create_table(
        "fetch_states",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("account_version", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("server_text", sa.String(length=300), nullable=True),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("passed_over", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailbox", sa.String(length=600), nullable=True),
        sa.Column("folders_listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("interval_minutes", sa.Integer(), nullable=True),
        sa.Column("mark_seen", sa.Boolean(), nullable=False),
        sa.Column("listed_senders_only", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_fetch_states_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_fetch_states")),
    )
    with op.batch_alter_table("fetch_states", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fetch_states_due_at"), ["due_at"], unique=False)

    op.create_table(
        "folders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("special_use", sa.String(length=32), nullable=True),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=True),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("uidnext", sa.BigInteger(), nullable=True),
        sa.Column("exists", sa.BigInteger(), nullable=True),
        sa.Column("modseq", sa.BigInteger(), nullable=True),
        sa.Column("resyncing", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_folders_account_id_accounts"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folders")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_folders_account_id_name")),
    )
    op.create_table(
        "listed_senders",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("pattern", sa.String(length=320), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_listed_senders_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "pattern", name=op.f("pk_listed_senders")),
    )
    op.create_table(
        "message_chunks",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"], ["messages.digest"], name=op.f("fk_message_chunks_digest_messages"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", "number", name=op.f("pk_message_chunks")),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Not compressed: mail is mostly base64 and compressed files, and trying doubles the time that storing takes.
        op.execute("ALTER TABLE message_chunks ALTER COLUMN data SET STORAGE EXTERNAL")
    op.create_table(
        "placements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("folder_id", sa.Integer(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.Column("read_here", sa.Boolean(), nullable=True),
        sa.Column("mark_due", sa.Boolean(), nullable=False),
        sa.Column("marked", sa.Boolean(), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_placements_account_id_accounts"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["digest"], ["messages.digest"], name=op.f("fk_placements_digest_messages")),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["folders.id"], name=op.f("fk_placements_folder_id_folders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placements")),
        sa.UniqueConstraint("folder_id", "uidvalidity", "uid", name=op.f("uq_placements_folder_id_uidvalidity_uid")),
    )
    with op.batch_alter_table("placements", schema=None) as batch_op:
        for columns in _INDEXES:
            batch_op.create_index(batch_op.f(f"ix_placements_{'_'.join(columns)}"), columns, unique=False)

    op.create_table(
        "troubles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folder_id", sa.Integer(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("server_text", sa.String(length=300), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retry", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["folders.id"], name=op.f("fk_troubles_folder_id_folders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_troubles")),
        sa.UniqueConstraint("folder_id", "uidvalidity", "uid", name=op.f("uq_troubles_folder_id_uidvalidity_uid")),
    )


def downgrade() -> None:
    op.drop_table("troubles")
    with op.batch_alter_table("placements", schema=None) as batch_op:
        for columns in reversed(_INDEXES):
            batch_op.drop_index(batch_op.f(f"ix_placements_{'_'.join(columns)}"))

    op.drop_table("placements")
    op.drop_table("message_chunks")
    op.drop_table("listed_senders")
    op.drop_table("folders")
    with op.batch_alter_table("fetch_states", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fetch_states_due_at"))

    op.drop_table("fetch_states")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_messages_message_id"))

    op.drop_table("messages")
    op.drop_table("fetch_defaults")

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_accounts_added_by_users"), type_="foreignkey")
        batch_op.drop_index(op.f("ix_accounts_added_by"))
        batch_op.drop_column("added_by")

"""Clients that embed the form, and their links; layouts for no one but such clients."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_layouts = sa.table("form_layouts", sa.column("client_id", sa.Integer), sa.column("for_clients", sa.Boolean))
# No client ever had this number: a layout that names it is for nobody.
_NO_CLIENT = 0


def upgrade() -> None:
    with op.batch_alter_table("form_layouts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("for_clients", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(_layouts.update().where(_layouts.c.client_id.is_not(None)).values(for_clients=True))
    # The default was for the rows that were there; new ones say it themselves.
    with op.batch_alter_table("form_layouts", schema=None) as batch_op:
        batch_op.alter_column("for_clients", server_default=None)
        batch_op.drop_column("client_id")
    op.create_table(
        "embed_clients",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("origins", sa.JSON(), nullable=False),
        sa.Column("return_addresses", sa.JSON(), nullable=False),
        sa.Column("layout_id", sa.Integer(), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=True),
        sa.Column("link_minutes", sa.Integer(), nullable=False),
        sa.Column("starts_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["layout_id"],
            ["form_layouts.id"],
            name=op.f("fk_embed_clients_layout_id_form_layouts"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_embed_clients")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_embed_clients_key_hash")),
        sa.UniqueConstraint("name", name=op.f("uq_embed_clients_name")),
    )
    op.create_table(
        "embed_links",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("return_address", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["embed_clients.id"],
            name=op.f("fk_embed_links_client_id_embed_clients"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_embed_links")),
    )
    with op.batch_alter_table("embed_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_embed_links_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_embed_links_expires_at"), ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_table("embed_links")
    op.drop_table("embed_clients")
    with op.batch_alter_table("form_layouts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("client_id", sa.Integer(), nullable=True))
    op.execute(_layouts.update().where(_layouts.c.for_clients).values(client_id=_NO_CLIENT))
    with op.batch_alter_table("form_layouts", schema=None) as batch_op:
        batch_op.drop_column("for_clients")

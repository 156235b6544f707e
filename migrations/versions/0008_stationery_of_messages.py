"""Which stationery a draft has, and what a queued message looks like from then on."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_messages = sa.table(
    "outgoing_messages", sa.column("state", sa.String), sa.column("content_html", sa.Text), sa.column("html", sa.Text)
)
# What stood around the content of a message until now: what is on its way has to stay the same message.
_BEFORE = '<!doctype html>\n<html>\n<head>\n<meta charset="utf-8">\n</head>\n<body>\n'
_AFTER = "\n</body>\n</html>\n"


def upgrade() -> None:
    with op.batch_alter_table("outgoing_messages", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("stationery_choice", sa.String(length=16), nullable=False, server_default="account")
        )
        batch_op.add_column(sa.Column("stationery_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("html", sa.Text(), nullable=True))
        batch_op.create_index(op.f("ix_outgoing_messages_stationery_id"), ["stationery_id"])
        batch_op.create_foreign_key(
            op.f("fk_outgoing_messages_stationery_id_stationery"),
            "stationery",
            ["stationery_id"],
            ["id"],
            ondelete="SET NULL",
        )
    html = sa.literal(_BEFORE) + _messages.c.content_html + sa.literal(_AFTER)
    op.execute(_messages.update().where(_messages.c.state != "draft").values(html=html))
    # The default was for the rows that were there; new ones say it themselves.
    with op.batch_alter_table("outgoing_messages", schema=None) as batch_op:
        batch_op.alter_column("stationery_choice", server_default=None)
    op.create_table(
        "outgoing_images",
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("content_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outgoing_messages.id"],
            name=op.f("fk_outgoing_images_message_id_outgoing_messages"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", "content_id", name=op.f("pk_outgoing_images")),
    )


def downgrade() -> None:
    op.drop_table("outgoing_images")
    with op.batch_alter_table("outgoing_messages", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_outgoing_messages_stationery_id_stationery"), type_="foreignkey")
        batch_op.drop_index(op.f("ix_outgoing_messages_stationery_id"))
        batch_op.drop_column("html")
        batch_op.drop_column("stationery_id")
        batch_op.drop_column("stationery_choice")

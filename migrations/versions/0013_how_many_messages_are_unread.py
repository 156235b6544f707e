"""How many messages are unread

Without it PostgreSQL takes every second message for unread, and to find a hundred of them it reads all mail of an
account in an order that suits something else. SQLite has no such statistics and chooses the index as it is.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE STATISTICS st_placements_unread ON (coalesce(read_here, seen)) FROM placements")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP STATISTICS st_placements_unread")

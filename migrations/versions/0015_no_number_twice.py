"""SQLite gives no number twice, as PostgreSQL does not

What was meant for an account that is gone (an open form, a test under way) met the next one that got its number.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    "accounts",
    "embed_clients",
    "fetch_defaults",
    "folders",
    "form_layouts",
    "installation",
    "lookups",
    "outgoing_recipients",
    "placements",
    "stationery",
    "stationery_images",
    "troubles",
    "users",
)


def upgrade() -> None:
    _make_anew(autoincrement=True)


def downgrade() -> None:
    _make_anew(autoincrement=False)


def _make_anew(*, autoincrement: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in TABLES:
        with op.batch_alter_table(table, recreate="always", table_kwargs={"sqlite_autoincrement": autoincrement}):
            pass

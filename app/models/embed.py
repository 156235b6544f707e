"""Sites that embed the form: what each registered client may do, and the links that its server has asked for."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class EmbedClient(Base):
    """A site that may embed the form. Of its key only the SHA-256 is kept.

    ``version`` counts changes, so that a second editor is told instead of overwriting.
    """

    __tablename__ = "embed_clients"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    # As browsers write them; compared letter by letter, like the addresses below.
    origins: Mapped[list[str]] = mapped_column(JSON, default=list)
    return_addresses: Mapped[list[str]] = mapped_column(JSON, default=list)
    # Empty: the one for everybody, also after the chosen one was deleted.
    layout_id: Mapped[int | None] = mapped_column(ForeignKey("form_layouts.id", ondelete="SET NULL"))
    # Empty: as the browser says.
    locale: Mapped[str | None] = mapped_column(String(8))
    link_minutes: Mapped[int] = mapped_column(default=30)
    starts_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  (SQLAlchemy reads it from the class)


class EmbedLink(Base):
    """One link to an embedded form, and what came of it. Its id is what the token in the link signs."""

    __tablename__ = "embed_links"

    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("embed_clients.id", ondelete="CASCADE"), index=True)
    # Pinned: the person cannot change it.
    email: Mapped[str | None] = mapped_column(String(320))
    name: Mapped[str | None] = mapped_column(String(200))
    return_address: Mapped[str | None] = mapped_column(Text)
    # Whatever the client wants to find again when the person comes back; nobody here reads it.
    state: Mapped[str | None] = mapped_column(Text)
    probes: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    # No foreign key: that an account came of the link stays true when the account is deleted.
    account_id: Mapped[int | None]
    created_at: Mapped[datetime]

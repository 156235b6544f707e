"""A mail account: identity, incoming and outgoing server, active or not."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.mail.outcomes import Outcome
from app.mail.settings import ConnectionSecurity
from app.models.base import Base, sealed_column, text_enum

_security = text_enum(ConnectionSecurity)


class Account(Base):
    """One row per account. ``version`` counts changes, so that a second editor is told instead of overwriting.

    ``incoming_version`` counts those that may decide whether mail can be fetched: of the incoming server, of what it is
    told, of how it is checked, and of whether the account is active.
    """

    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    incoming_version: Mapped[int] = mapped_column(default=1)
    # The hidden value of the form that created the account: a second submit of the same form finds it.
    submission: Mapped[str | None] = mapped_column(String(64), unique=True)

    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(320))
    email_key: Mapped[str] = mapped_column(String(320), unique=True)
    colour: Mapped[str] = mapped_column(String(7))

    imap_host: Mapped[str] = mapped_column(String(255))
    imap_port: Mapped[int]
    imap_security: Mapped[ConnectionSecurity] = mapped_column(_security)
    imap_username: Mapped[str] = mapped_column(String(320))
    imap_password: Mapped[str | None] = sealed_column()
    # SHA-256 of the one certificate to trust at this host and port; empty: certificates are checked as usual.
    imap_pin: Mapped[str | None] = mapped_column(String(64))
    fast_mode: Mapped[bool] = mapped_column(default=False)

    smtp_host: Mapped[str] = mapped_column(String(255))
    smtp_port: Mapped[int]
    smtp_security: Mapped[ConnectionSecurity] = mapped_column(_security)
    smtp_auth: Mapped[bool] = mapped_column(default=True)
    smtp_same_credentials: Mapped[bool] = mapped_column(default=True)
    # Empty while the incoming server's credentials are used, or none at all.
    smtp_username: Mapped[str | None] = mapped_column(String(320))
    smtp_password: Mapped[str | None] = sealed_column()
    smtp_pin: Mapped[str | None] = mapped_column(String(64))

    # Empty: the default stationery, if there is one.
    stationery_id: Mapped[int | None] = mapped_column(ForeignKey("stationery.id", ondelete="SET NULL"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    # Where copies of sent mail go, chosen by a person because the server does not tell; empty: what it tells.
    sent_folder: Mapped[str | None] = mapped_column(String(500))

    # Who added it, and is told about it; empty: nobody who signs in here, or somebody who has left.
    added_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)

    # The last connection test of exactly the stored settings, passed or not; empty means "not tested".
    tested_at: Mapped[datetime | None]
    imap_outcome: Mapped[str | None] = mapped_column(String(32))
    smtp_outcome: Mapped[str | None] = mapped_column(String(32))

    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    @property
    def is_proven(self) -> bool:
        """Whether both servers accepted the stored settings when they were last tested."""
        return self.tested_at is not None and self.imap_outcome == self.smtp_outcome == Outcome.OK

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  (SQLAlchemy reads it from the class)

"""People who may sign in, and the one-time links that let the first one in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, text_enum


class Role(StrEnum):
    """What a person may do."""

    ADMIN = "admin"
    MEMBER = "member"


class User(Base):
    """A person. ``email_key`` is the address in the one spelling that is compared."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320))
    email_key: Mapped[str] = mapped_column(String(320), unique=True)
    role: Mapped[Role] = mapped_column(text_enum(Role))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    locale: Mapped[str | None] = mapped_column(String(8))
    # Part of the session: raising it signs the person out everywhere (after a password change).
    session_epoch: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class SignInLink(Base):
    """A one-time link; only the SHA-256 of its token is kept."""

    __tablename__ = "sign_in_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime]

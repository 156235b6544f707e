"""A test message to oneself: sent, and waited for."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, text_enum


class RoundTripState(StrEnum):
    """How far a test message has come."""

    RUNNING = "running"
    SEEN = "seen"
    NOT_SENT = "not_sent"
    NOT_SEEN = "not_seen"
    UNREADABLE = "unreadable"
    CANCELLED = "cancelled"


class RoundTrip(Base):
    """One test message and the wait for it. ``unreadable``: it was sent, but the mailbox could not be looked into."""

    __tablename__ = "round_trips"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(ForeignKey("outgoing_messages.id", ondelete="CASCADE"))
    state: Mapped[RoundTripState] = mapped_column(text_enum(RoundTripState), default=RoundTripState.RUNNING)
    # What the incoming server said when it could not be looked into.
    outcome: Mapped[str | None] = mapped_column(String(32))
    server_text: Mapped[str | None] = mapped_column(String(300))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]

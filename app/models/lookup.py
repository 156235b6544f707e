"""What was found out about the mail servers of a domain, for as long as it is believed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Lookup(Base):
    """One row per domain: asked for, begun, found. It holds nothing about any person of the domain."""

    __tablename__ = "lookups"
    id: Mapped[int] = mapped_column(primary_key=True)
    # In A-labels, lower case.
    domain: Mapped[str] = mapped_column(String(253), unique=True)
    asked_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    # Set together: what was found, and until when it is believed.
    findings: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    good_until: Mapped[datetime | None] = mapped_column(index=True)

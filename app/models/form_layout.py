"""Layouts of the form: for whom each is, and every version that was saved of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, text_enum
from app.models.user import Role


class FormLayout(Base):
    """A layout and whom it is for: nobody named means everybody. Of those that fit, the first by position wins.

    One ``for_clients`` fits no person: it is for the embed clients that choose it.
    """

    __tablename__ = "form_layouts"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    role: Mapped[Role | None] = mapped_column(text_enum(Role))
    for_clients: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int]
    # The number of the version in force; counting it up by compare-and-set is what tells the second of two admins.
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class FormLayoutVersion(Base):
    """One saved state of a layout. Never changed, so it may be remembered by its id; the id cannot be guessed."""

    __tablename__ = "form_layout_versions"
    __table_args__ = (UniqueConstraint("layout_id", "number"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    layout_id: Mapped[int] = mapped_column(ForeignKey("form_layouts.id", ondelete="CASCADE"))
    number: Mapped[int]
    # Empty: the command line. Who was removed since is known by the address.
    author: Mapped[str | None] = mapped_column(String(320))
    created_at: Mapped[datetime]
    sections: Mapped[list[dict[str, Any]]] = mapped_column(JSON)

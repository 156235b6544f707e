"""Stationery: designs around the text of messages, their images, and what stands in an editor before it is saved."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base


class StationeryImage(Base):
    """An image that a design shows, sent along inline.

    ``name`` is what the design calls it (``cid:logo``), ``content_id`` what a message calls it: it cannot be guessed,
    and so it is its address as well. Until a new design is saved, its images know only the editor that they came by.
    """

    __tablename__ = "stationery_images"
    __table_args__ = (UniqueConstraint("stationery_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stationery_id: Mapped[int | None] = mapped_column(ForeignKey("stationery.id", ondelete="CASCADE"))
    submission: Mapped[str | None] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(64))
    content_id: Mapped[str] = mapped_column(String(64), unique=True)
    media_type: Mapped[str] = mapped_column(String(32))
    # Read only where it is shown or sent, never with a list.
    data: Mapped[bytes] = mapped_column(deferred=True)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[datetime]


class Stationery(Base):
    """A design. ``version`` counts changes, so that a second editor is told instead of overwriting."""

    __tablename__ = "stationery"
    # At most one is the default; the database itself keeps to that.
    __table_args__ = (
        Index(
            "uq_stationery_is_default",
            "is_default",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    # The hidden value of the editor that made it: a second submit of the same editor finds it.
    submission: Mapped[str | None] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    html: Mapped[str] = mapped_column(Text)
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    images: Mapped[list[StationeryImage]] = relationship(order_by=StationeryImage.name, passive_deletes="all")


class StationerySketch(Base):
    """What stands in an open editor, for its preview: a frame can be given an address, but no words."""

    __tablename__ = "stationery_sketches"

    # The hidden value of the editor; it cannot be guessed, and the sketch is shown to its author only.
    submission: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    stationery_id: Mapped[int | None] = mapped_column(ForeignKey("stationery.id", ondelete="CASCADE"))
    html: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(index=True)

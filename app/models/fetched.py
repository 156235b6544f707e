"""Fetched mail: folders and how far each was read, messages by content, and where on the server each of them lay."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    event,
    func,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base

LONGEST_FOLDER = 500


class Folder(Base):
    """One folder of an account's mailbox, and how far it has been read.

    Every message up to ``cursor`` is stored, gone from the server, or in quarantine. ``uidnext``, ``exists`` and
    ``modseq`` are what the server said when all of it was: as long as it says the same, there is nothing to fetch.
    """

    __tablename__ = "folders"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # Empty: the account was deleted, and its mail kept.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    # Exactly as the server spells it on the wire, and the same for people to read.
    name: Mapped[str] = mapped_column(String(LONGEST_FOLDER))
    title: Mapped[str] = mapped_column(String(LONGEST_FOLDER))
    special_use: Mapped[str | None] = mapped_column(String(32))
    chosen: Mapped[bool] = mapped_column(default=False)
    # Whether the server had it when its folders were last listed.
    listed: Mapped[bool] = mapped_column(default=True)

    uidvalidity: Mapped[int | None] = mapped_column(BigInteger)
    cursor: Mapped[int] = mapped_column(BigInteger, default=0)
    uidnext: Mapped[int | None] = mapped_column(BigInteger)
    exists: Mapped[int | None] = mapped_column(BigInteger)
    modseq: Mapped[int | None] = mapped_column(BigInteger)
    # The server has numbered the folder anew, and not all of it has been matched by content yet.
    resyncing: Mapped[bool] = mapped_column(default=False)
    # What is wrong with this folder alone.
    outcome: Mapped[str | None] = mapped_column(String(32))


class Message(Base):
    """What a message says, once for each content, however often it lies in however many folders.

    ``digest`` is the SHA-256 of the content. A message above the limit is kept by its headers only (not ``complete``).
    """

    __tablename__ = "messages"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    complete: Mapped[bool] = mapped_column(default=True)
    # Something in it is broken; shown is what could be made out.
    flawed: Mapped[bool] = mapped_column(default=False)
    message_id: Mapped[str | None] = mapped_column(String(998), index=True)
    in_reply_to: Mapped[str | None] = mapped_column(String(998))
    references: Mapped[str | None] = mapped_column(Text)
    from_name: Mapped[str] = mapped_column(String(200), default="")
    from_address: Mapped[str] = mapped_column(String(320), default="")
    to_text: Mapped[str] = mapped_column(Text, default="")
    subject: Mapped[str] = mapped_column(Text, default="")
    # The sender's own word; when it came is told by its placements.
    dated_at: Mapped[datetime | None]
    snippet: Mapped[str] = mapped_column(String(300), default="")
    # Name, media type and size in bytes of each file.
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    # Sender and subject in small letters, to be searched.
    search_text: Mapped[str] = mapped_column(Text, default="")
    stored_at: Mapped[datetime]


class MessageChunk(Base):
    """A part of a message's content, at most a mebibyte: nobody has to hold a whole one."""

    __tablename__ = "message_chunks"

    digest: Mapped[str] = mapped_column(ForeignKey("messages.digest", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


# Mail is mostly base64 and compressed files: PostgreSQL would try to compress it, and take twice the time.
EXTERNAL = "ALTER TABLE message_chunks ALTER COLUMN data SET STORAGE EXTERNAL"
event.listen(Base.metadata.tables["message_chunks"], "after_create", DDL(EXTERNAL).execute_if(dialect="postgresql"))  # type: ignore[no-untyped-call]  # SQLAlchemy left it out


class Placement(Base):
    """Where on the server a message lay when it was fetched; ``gone_at``: it does not lie there any more."""

    __tablename__ = "placements"
    __table_args__ = (
        UniqueConstraint("folder_id", "uidvalidity", "uid"),
        Index(None, "account_id", "received_at", "id"),
        # Which of the places of a message in an account is the latest: lists ask for each message.
        Index(None, "digest", "account_id", "received_at", "id"),
        Index(None, "received_at", "id"),
        Index(None, "folder_id", "received_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Empty: the account was deleted, and its mail kept.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    folder_id: Mapped[int] = mapped_column(ForeignKey("folders.id", ondelete="CASCADE"))
    uidvalidity: Mapped[int] = mapped_column(BigInteger)
    uid: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(ForeignKey("messages.digest"))
    # When it came to the server, or else when it was fetched.
    received_at: Mapped[datetime]
    # Whether somebody has read it elsewhere, as the server says.
    seen: Mapped[bool] = mapped_column(default=False)
    # What was said here about that; empty: nothing.
    read_here: Mapped[bool | None]
    # It is still to be marked as read on the server.
    mark_due: Mapped[bool] = mapped_column(default=False)
    # It was, by us: that the server calls it read tells nothing any more.
    marked: Mapped[bool] = mapped_column(default=False)
    gone_at: Mapped[datetime | None]

    @hybrid_property
    def is_read(self) -> bool:
        """Whether it is shown as read."""
        return self.seen if self.read_here is None else self.read_here

    @is_read.inplace.expression
    @classmethod
    def _is_read(cls) -> ColumnElement[bool]:
        return func.coalesce(cls.read_here, cls.seen)


# Few of many messages are unread, and every look at the lists counts them. (PostgreSQL knows how few: migration 0013.)
_UNREAD = Placement.is_read.is_(False)
Index("ix_placements_unread", Placement.account_id, Placement.folder_id, sqlite_where=_UNREAD, postgresql_where=_UNREAD)


class Trouble(Base):
    """A message that could not be fetched: tried again in the next runs, after three of them only if asked to."""

    __tablename__ = "troubles"
    __table_args__ = (UniqueConstraint("folder_id", "uidvalidity", "uid"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    folder_id: Mapped[int] = mapped_column(ForeignKey("folders.id", ondelete="CASCADE"))
    uidvalidity: Mapped[int] = mapped_column(BigInteger)
    uid: Mapped[int] = mapped_column(BigInteger)
    attempts: Mapped[int] = mapped_column(default=1)
    outcome: Mapped[str] = mapped_column(String(32))
    server_text: Mapped[str | None] = mapped_column(String(300))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    # A person asked for one more try.
    retry: Mapped[bool] = mapped_column(default=False)

"""Outgoing messages: what was written, to whom it goes, and what became of it for each of them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, text_enum


class MessageState(StrEnum):
    """How far a message has come. ``sending`` is committed before any of its content leaves."""

    DRAFT = "draft"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    PARTIAL = "partial"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class StationeryChoice(StrEnum):
    """Where a draft has its stationery from: the account it is sent from, or a person; ``plain`` is none, by hand."""

    ACCOUNT = "account"
    CHOSEN = "chosen"
    PLAIN = "plain"


class RecipientKind(StrEnum):
    """Where a recipient stands in the message."""

    TO = "to"
    CC = "cc"
    BCC = "bcc"


class RecipientState(StrEnum):
    """What became of a message for one recipient. ``sending``: the address was taken, the content is on its way."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


class CopyState(StrEnum):
    """What became of the copy in the account's Sent folder."""

    NONE = "none"
    PENDING = "pending"
    DONE = "done"
    NOT_WANTED = "not_wanted"
    FAILED = "failed"


class Hindrance(StrEnum):
    """Why a message could not even be offered to its server. Stands where otherwise an outcome stands."""

    ACCOUNT_GONE = "account_gone"
    ACCOUNT_INACTIVE = "account_inactive"
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105  (a code, not a password)
    NOT_WRITTEN = "not_written"


class OutgoingMessage(Base):
    """One message, from the first letter typed to the last recipient.

    ``epoch`` counts who has taken the message in hand, and that its content begins to leave: whoever saw it before,
    a worker that was left behind by its lease or a person, finds another number there and writes nothing. The same
    holds for ``copy_epoch`` and the copy in the Sent folder, as to who has that in hand.
    """

    __tablename__ = "outgoing_messages"
    __table_args__ = (Index(None, "account_id", "state"), Index(None, "user_id", "changed_at"))

    # Random: it stands in addresses, and says nothing about other people's messages.
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    # A message outlives its account, in order to say what became of it.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    state: Mapped[MessageState] = mapped_column(text_enum(MessageState), default=MessageState.DRAFT)

    # As they were typed; the parsed recipients stand in rows of their own as soon as the message is queued.
    to_text: Mapped[str] = mapped_column(Text, default="")
    cc_text: Mapped[str] = mapped_column(Text, default="")
    bcc_text: Mapped[str] = mapped_column(Text, default="")
    subject: Mapped[str] = mapped_column(Text, default="")
    source_text: Mapped[str] = mapped_column(Text, default="")
    # What was written, as HTML: the part that stationery puts its frame around.
    content_html: Mapped[str] = mapped_column(Text, default="")
    # What a draft is written on. Chosen but empty: what was chosen has been deleted since.
    stationery_choice: Mapped[StationeryChoice] = mapped_column(
        text_enum(StationeryChoice), default=StationeryChoice.ACCOUNT
    )
    stationery_id: Mapped[int | None] = mapped_column(ForeignKey("stationery.id", ondelete="SET NULL"), index=True)
    # The installation has written it by itself, and no program is to answer it.
    automatic: Mapped[bool] = mapped_column(default=False)
    in_reply_to: Mapped[str | None] = mapped_column(String(998))
    references: Mapped[str | None] = mapped_column(Text)

    # Fixed when the message is queued, so that every try sends the very same message, and the same is filed: also the
    # stationery around the content with its images, whatever becomes of it meanwhile.
    html: Mapped[str | None] = mapped_column(Text)
    sender_name: Mapped[str] = mapped_column(String(200), default="")
    sender_email: Mapped[str] = mapped_column(String(320), default="")
    message_id: Mapped[str | None] = mapped_column(String(320), unique=True)
    queued_at: Mapped[datetime | None]

    epoch: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    # The last thing that went wrong for the message as a whole, and the server's words about it.
    outcome: Mapped[str | None] = mapped_column(String(32))
    server_text: Mapped[str | None] = mapped_column(String(300))
    sent_at: Mapped[datetime | None]

    copy_state: Mapped[CopyState] = mapped_column(text_enum(CopyState), default=CopyState.NONE)
    copy_epoch: Mapped[int] = mapped_column(default=0)
    copy_lease_until: Mapped[datetime | None]
    copy_attempts: Mapped[int] = mapped_column(default=0)
    copy_due_at: Mapped[datetime | None] = mapped_column(index=True)
    copy_folder: Mapped[str | None] = mapped_column(String(500))
    copy_outcome: Mapped[str | None] = mapped_column(String(32))
    copy_text: Mapped[str | None] = mapped_column(String(300))
    # What the server has instead, where no folder could be told for the one for sent mail.
    copy_folders: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))

    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    recipients: Mapped[list["OutgoingRecipient"]] = relationship(
        order_by="OutgoingRecipient.position", cascade="all, delete-orphan", passive_deletes=True
    )
    attachments: Mapped[list["OutgoingAttachment"]] = relationship(
        order_by="OutgoingAttachment.position", cascade="all, delete-orphan", passive_deletes=True
    )
    images: Mapped[list["OutgoingImage"]] = relationship(
        order_by="OutgoingImage.position", cascade="all, delete-orphan", passive_deletes=True
    )


class OutgoingRecipient(Base):
    """One recipient of a queued message. ``address`` stands in the header, ``envelope`` is told to the server."""

    __tablename__ = "outgoing_recipients"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("outgoing_messages.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    kind: Mapped[RecipientKind] = mapped_column(text_enum(RecipientKind))
    name: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(320))
    envelope: Mapped[str] = mapped_column(String(320))
    state: Mapped[RecipientState] = mapped_column(text_enum(RecipientState), default=RecipientState.WAITING)
    outcome: Mapped[str | None] = mapped_column(String(32))
    server_text: Mapped[str | None] = mapped_column(String(300))


class OutgoingImage(Base):
    """An image that a queued message shows, as it was when the message was queued."""

    __tablename__ = "outgoing_images"

    message_id: Mapped[str] = mapped_column(ForeignKey("outgoing_messages.id", ondelete="CASCADE"), primary_key=True)
    content_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(32))
    # Read only where it is shown or sent.
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class OutgoingAttachment(Base):
    """A file that goes along. Its bytes stand in chunks beside it: nobody ever holds all of them."""

    __tablename__ = "outgoing_attachments"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("outgoing_messages.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]


class CopyHold(Base):
    """An account whose incoming server refuses the worker that files copies: no further login until a person acts.

    ``incoming_version`` is the account's at that login, ``held_at`` when it began.
    """

    __tablename__ = "copy_holds"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    incoming_version: Mapped[int]
    held_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(32))
    server_text: Mapped[str | None] = mapped_column(String(300))


class AttachmentChunk(Base):
    """A part of a file. In the database, because workers on other hosts share nothing else."""

    __tablename__ = "attachment_chunks"

    attachment_id: Mapped[str] = mapped_column(
        ForeignKey("outgoing_attachments.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)

"""A connection test: what was typed, what the servers said, and what to do when it passes."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, sealed_column, text_enum


class TestState(StrEnum):
    """How far a connection test has come."""

    __test__ = False  # not a pytest class, whatever its name

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class Problem(StrEnum):
    """What kept a test from running, or its account from being saved."""

    QUEUE_UNAVAILABLE = "queue_unavailable"
    TOO_MANY_TESTS = "too_many_tests"
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105  (a code, not a password)
    ADDRESS_TAKEN = "address_taken"
    ALREADY_CREATED = "already_created"
    CHANGED_MEANWHILE = "changed_meanwhile"
    ACCOUNT_NOT_FOUND = "account_not_found"
    LINK_USED = "link_used"
    LINK_SPENT = "link_spent"


class ConnectionTest(Base):
    """One test of typed settings.

    ``details`` holds everything typed except passwords, which are sealed beside it and wiped as soon as nobody needs
    them. ``*_steps`` grow while the test runs; ``*_result`` is the JSON of one side of ``skrzynka check``.
    """

    __tablename__ = "connection_tests"
    __table_args__ = (CheckConstraint("(user_id IS NULL) <> (link_id IS NULL)", name="one_owner"),)

    # Random, so that an id says nothing about other people's tests.
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    # Whose it is: a person's, or that of whoever holds one link to an embedded form; exactly one of the two.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    link_id: Mapped[str | None] = mapped_column(ForeignKey("embed_links.id", ondelete="CASCADE"))
    # No foreign key: a test outlives an account that is deleted while it runs, in order to say so.
    account_id: Mapped[int | None]
    # The version that the person saw when the form was opened.
    account_version: Mapped[int | None]
    # The hidden value of the form; all tests of one form share it.
    submission: Mapped[str] = mapped_column(String(64), index=True)
    saves: Mapped[bool]
    state: Mapped[TestState] = mapped_column(text_enum(TestState), default=TestState.QUEUED)

    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    # What else the form has to be shown with again: what was suggested, and whether the additional data was open.
    suggested: Mapped[str] = mapped_column(Text, default="")
    additional: Mapped[bool] = mapped_column(default=False)
    imap_password: Mapped[str | None] = sealed_column()
    smtp_password: Mapped[str | None] = sealed_column()
    # Whether the person typed the password into this very form. A typed one follows a corrected host, a stored one
    # never goes to a new place.
    imap_password_typed: Mapped[bool] = mapped_column(default=False)
    smtp_password_typed: Mapped[bool] = mapped_column(default=False)

    imap_steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    smtp_steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    imap_result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    smtp_result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # A MAC over exactly the values that passed on that side.
    imap_receipt: Mapped[str | None] = mapped_column(String(64), index=True)
    smtp_receipt: Mapped[str | None] = mapped_column(String(64), index=True)

    saved_account_id: Mapped[int | None]
    # Why a test could not be run (then it is cancelled), or why what passed could not be saved.
    problem: Mapped[Problem | None] = mapped_column(text_enum(Problem, length=32))

    # When a test that was refused for its number may be tried again.
    retry_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

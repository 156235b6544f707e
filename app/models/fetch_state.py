"""When each account is fetched next, who fetches it, and what came of it."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class FetchState(Base):
    """One row per account that was ever active.

    ``epoch`` counts who has taken the account in hand: a worker that its lease has left behind finds another number and
    writes nothing. ``incoming_version`` is the account's at the last claim: an account that was changed in how it
    reaches its mail is due at once, whatever has held it up before.
    """

    __tablename__ = "fetch_states"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(index=True)
    # Somebody has asked for a fetch since the last claim: the one that is under way must not put off the next one.
    wanted: Mapped[bool] = mapped_column(default=False)
    lease_until: Mapped[datetime | None]
    epoch: Mapped[int] = mapped_column(BigInteger, default=0)
    incoming_version: Mapped[int] = mapped_column(default=0)

    tried_at: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
    # Runs in a row that failed since a person has changed how the account reaches its mail, or proven it, and those of
    # them in which the password was refused.
    failures: Mapped[int] = mapped_column(default=0)
    refusals: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str | None] = mapped_column(String(32))
    server_text: Mapped[str | None] = mapped_column(String(300))
    # Of the run in hand, or else of the last one: messages that the account has not had before, in whichever folder;
    # those passed over because of their senders; and how many of the first kind are expected, as far as is known yet.
    stored: Mapped[int] = mapped_column(default=0)
    passed_over: Mapped[int] = mapped_column(default=0)
    expected: Mapped[int] = mapped_column(default=0)
    # No further login until a person acts: fetches by hand, changes how the account reaches its mail, or proves it.
    held_at: Mapped[datetime | None]
    # The owner was told about this hold.
    told_at: Mapped[datetime | None]
    # A person wants no fetching for now.
    paused_at: Mapped[datetime | None]

    # Host and user name of the mailbox that was fetched from so far: other ones may be another mailbox.
    mailbox: Mapped[str | None] = mapped_column(String(600))
    # The last question about that which a person has answered, by its mark, and whether it was the same mailbox.
    answered: Mapped[str | None] = mapped_column(String(64))
    answered_same: Mapped[bool | None]
    folders_listed_at: Mapped[datetime | None]

    # What a person may choose; empty: as for all accounts.
    interval_minutes: Mapped[int | None]
    mark_seen: Mapped[bool] = mapped_column(default=False)
    # Only mail from the senders of the list.
    listed_senders_only: Mapped[bool] = mapped_column(default=False)


class FetchDefaults(Base):
    """One row: what holds for every account that says nothing else."""

    __tablename__ = "fetch_defaults"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    interval_minutes: Mapped[int] = mapped_column(default=5)


class ListedSender(Base):
    """An address, or a domain (``@firma.pl``), whose mail is wanted; in small letters."""

    __tablename__ = "listed_senders"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    pattern: Mapped[str] = mapped_column(String(320), primary_key=True)

"""Whether an account still leads to the mailbox that was fetched from. Where nobody can know, a person is asked."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.fetching.plan import settings_changed
from app.models import Account, FetchState, Folder, Placement
from app.models.turns import take_turn

# What an account waits for that has got another server or user name.
ANOTHER_MAILBOX = "another_mailbox"
_BETWEEN = "\n"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Where the mail came from so far, and where it would come from now: host and user name."""

    before: tuple[str, str]
    after: tuple[str, str]

    @property
    def mark(self) -> str:
        """What an answer names the question by: a page that is open for long may show one that is asked no more."""
        return sha256(_BETWEEN.join([*self.before, *self.after]).encode()).hexdigest()


def doubt_about(session: Session, account: Account, state: FetchState | None) -> Doubt | None:
    """Return what a person has to say first about the mailbox of an account, if there is anything."""
    if state is None or state.mailbox is None or not settings_changed(_parts(state), _of(account)):
        return None
    return Doubt(_parts(state), _of(account)) if _was_read(session, account) else None


def is_in_doubt(session: Session, account: Account, state: FetchState, *, now: datetime) -> bool:
    """Return whether a person has to say first which mailbox this is; remember what leads to it else."""
    if state.mailbox == _BETWEEN.join(_of(account)):
        # Asked first: of many accounts at once hardly one has changed.
        return False
    if doubt_about(session, account, state) is None:
        state.mailbox = _BETWEEN.join(_of(account))
        return False
    state.held_at, state.outcome, state.lease_until, state.server_text = now, ANOTHER_MAILBOX, None, None
    return True


def say_same(session: Session, account: Account, *, question: str, now: datetime) -> bool:
    """Go on with what was fetched so far; where the server numbers its messages anew they are matched by content.

    ``question`` is the mark of the doubt that the person was shown. False: that is asked no more.
    """
    return _settle(session, account, question, now, same=True)


def say_another(session: Session, account: Account, *, question: str, now: datetime) -> bool:
    """Begin with another mailbox. What was fetched from the one before stays, as what is not on the server any more.

    ``question`` is the mark of the doubt that the person was shown. False: that is asked no more.
    """
    if not _settle(session, account, question, now, same=False):
        return False
    old = update(Placement).where(Placement.account_id == account.id)
    # Numbers of the one before must not pass for those of this one.
    session.execute(_plain(old.where(Placement.uidvalidity >= 0).values(uidvalidity=-Placement.id, mark_due=False)))
    session.execute(_plain(old.where(Placement.gone_at.is_(None)).values(gone_at=now)))
    afresh = {"uidvalidity": None, "cursor": 0, "uidnext": None, "exists": None, "modseq": None, "resyncing": False}
    session.execute(_plain(update(Folder).where(Folder.account_id == account.id).values(**afresh, outcome=None)))
    return True


def was_same(state: FetchState | None, question: str) -> bool | None:
    """Return what was answered to ``question``, by its mark; None if that was not the last one to be answered."""
    return state.answered_same if state is not None and state.answered == question else None


def _settle(session: Session, account: Account, question: str, now: datetime, *, same: bool) -> bool:
    """Take the answer to a question, if there is still that one. Whoever fetches as before stores nothing more."""
    take_turn(session, [account.id])
    state = session.scalar(
        select(FetchState).where(FetchState.account_id == account.id).execution_options(populate_existing=True)
    )
    doubt = doubt_about(session, account, state)
    if doubt is None or doubt.mark != question:
        return False
    said = {"answered": question, "answered_same": same}
    known = {"mailbox": _BETWEEN.join(_of(account)), "held_at": None, "outcome": None, "failures": 0}
    fresh = {"epoch": FetchState.epoch + 1, "lease_until": None, "folders_listed_at": None}
    soon = {"due_at": now, "wanted": True}
    answered = update(FetchState).where(FetchState.account_id == account.id).values(**said, **known, **fresh, **soon)
    session.execute(_plain(answered))
    return True


def _was_read(session: Session, account: Account) -> bool:
    read = select(Folder.id).where(Folder.account_id == account.id, Folder.uidvalidity.is_not(None))
    return session.scalar(read.limit(1)) is not None


def _of(account: Account) -> tuple[str, str]:
    return account.imap_host, account.imap_username


def _parts(state: FetchState) -> tuple[str, str]:
    host, _between, username = (state.mailbox or "").partition(_BETWEEN)
    return host, username


def _plain(statement: Any) -> Any:
    return statement.execution_options(synchronize_session=False)

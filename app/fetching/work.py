"""What a fetch has to know about its account, read in one go for many of them, so that a poll costs little."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app import accounts
from app.accounts import AccountDetails
from app.fetching.claims import Claim
from app.fetching.debts import MOST_TRIES
from app.fetching.identity import is_in_doubt
from app.fetching.intervals import intervals
from app.fetching.plan import Known
from app.fetching.senders import Senders, senders_of
from app.models import Account, FetchState, Folder, Placement, Trouble
from app.vault import Vault

# The list of folders is for choosing among them; it may be so old.
FOLDERS_AGE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FolderWork:
    """A chosen folder, and what is stored about it. ``troubled``: the last time there was something wrong with it."""

    id: int
    name: str
    known: Known
    resyncing: bool = False
    troubled: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """An account in hand. ``list_folders``: it is time to see which folders there are; ``interval``: how often."""

    claim: Claim
    details: AccountDetails
    folders: tuple[FolderWork, ...]
    list_folders: bool
    mark_seen: bool
    interval: timedelta
    # Whose mail is wanted; None: everybody's.
    senders: Senders | None = None

    @property
    def is_long(self) -> bool:
        """Whether a folder is to be read from its beginning, or has not been read to its end yet."""
        return any(folder.known.uidnext is None and not folder.troubled for folder in self.folders)


def load(session: Session, claims: Sequence[Claim], vault: Vault, *, now: datetime) -> list[Work]:
    """Return what is to be known about accounts in hand.

    Those are left out that are not active any more, or of which a person has to say first whose mailbox they lead to.
    """
    ids = [claim.account_id for claim in claims]
    rows = {account.id: account for account in session.scalars(select(Account).where(Account.id.in_(ids)))}
    states = {state.account_id: state for state in session.scalars(_states(ids))}
    unfinished, senders, waits = _unfinished(session, ids), senders_of(session, ids), intervals(session, ids)
    folders: dict[int | None, list[FolderWork]] = {}
    chosen = select(Folder).where(Folder.account_id.in_(ids), Folder.chosen).order_by(Folder.id)
    for folder in session.scalars(chosen.execution_options(populate_existing=True)):
        waiting = folder.id in unfinished or folder.resyncing or folder.outcome is not None
        known = replace(known_of(folder), unfinished=waiting)
        troubled = folder.outcome is not None
        each = FolderWork(folder.id, folder.name, known, folder.resyncing, troubled)
        folders.setdefault(folder.account_id, []).append(each)
    found = []
    for claim in claims:
        account, state = rows.get(claim.account_id), states.get(claim.account_id)
        if account is None or state is None or not account.active or is_in_doubt(session, account, state, now=now):
            continue
        old = state.folders_listed_at is None or state.folders_listed_at < now - FOLDERS_AGE
        found.append(
            Work(
                claim,
                accounts.details_of(account, vault),
                tuple(folders.get(account.id, ())),
                list_folders=old,
                mark_seen=state.mark_seen,
                interval=waits[account.id],
                senders=senders.get(account.id),
            )
        )
    return found


def known_of(folder: Folder) -> Known:
    """Return what the plan has to know about a folder."""
    return Known(folder.uidvalidity, folder.cursor, folder.uidnext, folder.exists, folder.modseq)


def _states(ids: Sequence[int]):  # type: ignore[no-untyped-def]  # SQLAlchemy's own type says less than the name
    return select(FetchState).where(FetchState.account_id.in_(ids)).execution_options(populate_existing=True)


def _unfinished(session: Session, ids: Sequence[int]) -> set[int]:
    """Return the folders in which something waits for another try, or to be marked as read."""
    again = or_(Trouble.attempts < MOST_TRIES, Trouble.retry)
    troubled = select(Trouble.folder_id).join(Folder, Folder.id == Trouble.folder_id)
    troubled = troubled.where(Folder.account_id.in_(ids), Trouble.uidvalidity == Folder.uidvalidity, again)
    marking = select(FetchState.account_id).where(FetchState.account_id.in_(ids), FetchState.mark_seen)
    unmarked = select(Placement.folder_id).where(and_(Placement.account_id.in_(marking), Placement.mark_due))
    return {*session.scalars(troubled), *session.scalars(unmarked.distinct())}

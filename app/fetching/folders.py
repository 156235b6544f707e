"""Writes about folders: which there are, which are chosen, and how their numbering stands. The caller commits."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, select, update
from sqlalchemy.orm import Session

from app.fetching.claims import INBOX, Claim, hold_on
from app.mail.fetched_lines import FolderName, FolderStatus
from app.models import Account, FetchState, Folder, Message, Placement, Trouble
from app.models.turns import take_turn


def choose(session: Session, account: Account, folder_ids: Collection[int], *, now: datetime) -> None:
    """Fetch from these folders of ``account`` and from no others; what was fetched stays."""
    take_turn(session, [account.id])
    for folder in session.scalars(select(Folder).where(Folder.account_id == account.id)):
        folder.chosen = folder.id in folder_ids
    state = update(FetchState).where(FetchState.account_id == account.id)
    session.execute(_plain(state.values(due_at=now, wanted=True)))


def record_listed(session: Session, claim: Claim, found: Sequence[FolderName], *, now: datetime) -> None:
    """Note which folders the server has; one that is gone stays known, with what was fetched from it."""
    hold_on(session, claim, now=now)
    known = {
        folder.name: folder for folder in session.scalars(select(Folder).where(Folder.account_id == claim.account_id))
    }
    names = {each.name for each in found}
    for each in found:
        folder = known.get(each.name)
        if folder is None:
            folder = Folder(account_id=claim.account_id, name=each.name, title=each.title)
            session.add(folder)
        folder.title, folder.special_use, folder.listed = each.title, each.special_use, True
    for name, folder in known.items():
        # Some servers do not list the inbox, which is always there (RFC 3501, 5.1).
        folder.listed = name in names or name == INBOX
    session.flush()
    state = update(FetchState).where(FetchState.account_id == claim.account_id).values(folders_listed_at=now)
    session.execute(_plain(state))


def renumber(session: Session, claim: Claim, folder_id: int, uidvalidity: int, *, now: datetime) -> bool:
    """Read a folder from its beginning, because its messages have new numbers; return whether it was read before.

    The old numbers are taken away at once: they may come back, and mean other messages then.
    """
    hold_on(session, claim, now=now)
    numbered = update(Placement).where(Placement.folder_id == folder_id, Placement.uidvalidity >= 0)
    session.execute(_plain(numbered.values(uidvalidity=-Placement.id)))
    folder = session.get_one(Folder, folder_id, populate_existing=True)
    read_before = folder.uidvalidity is not None
    folder.uidvalidity, folder.cursor = uidvalidity, 0
    folder.uidnext = folder.exists = folder.modseq = None
    folder.resyncing = folder.resyncing or read_before
    session.execute(_plain(delete(Trouble).where(Trouble.folder_id == folder_id)))
    session.flush()
    return folder.resyncing


def record_read(session: Session, claim: Claim, folder_id: int, said: FolderStatus, *, now: datetime) -> None:
    """Note that everything was dealt with of which the server spoke when it said ``said``."""
    hold_on(session, claim, now=now)
    folder = session.get_one(Folder, folder_id, populate_existing=True)
    if folder.resyncing:
        old = (
            Placement.folder_id == folder_id,
            Placement.uidvalidity != folder.uidvalidity,
            Placement.gone_at.is_(None),
        )
        session.execute(_plain(update(Placement).where(*old).values(gone_at=now, mark_due=False)))
    folder.uidnext, folder.exists, folder.modseq = said.uidnext, said.exists, said.modseq
    folder.resyncing, folder.outcome = False, None
    session.flush()


def record_trouble(session: Session, claim: Claim, folder_id: int, outcome: str, *, now: datetime) -> None:
    """Note what is wrong with one folder; the others are fetched all the same."""
    hold_on(session, claim, now=now)
    session.execute(_plain(update(Folder).where(Folder.id == folder_id).values(outcome=outcome)))


def record_seen(session: Session, claim: Claim, folder_id: int, seen: Mapping[int, bool], *, now: datetime) -> None:
    """Note which messages are called read, or unread, by the server, where something about them has changed.

    Whoever reads one elsewhere has read it here too, even if it was to look unread here; what was read here stays so.
    """
    hold_on(session, claim, now=now)
    news = case((~Placement.seen & Placement.read_here.is_(False), None), else_=Placement.read_here)
    _at_each(
        session, folder_id, [uid for uid, mark in seen.items() if mark], ~Placement.marked, seen=True, read_here=news
    )
    _at_each(session, folder_id, [uid for uid, mark in seen.items() if mark], mark_due=False)
    _at_each(session, folder_id, [uid for uid, mark in seen.items() if not mark], seen=False, marked=False)


def record_marked(session: Session, claim: Claim, folder_id: int, uids: Sequence[int], *, now: datetime) -> None:
    """Note which messages we have marked as read on the server; nobody has read them by that."""
    hold_on(session, claim, now=now)
    _at_each(session, folder_id, uids, mark_due=False, marked=True)


def record_unmarkable(session: Session, claim: Claim, folder_id: int, uids: Sequence[int], *, now: datetime) -> None:
    """Note that the server does not let us mark messages as read: whoever is said to read them has done so."""
    hold_on(session, claim, now=now)
    _at_each(session, folder_id, uids, mark_due=False)


def known_good(session: Session, folder_id: int, *, most: int) -> list[int]:
    """Return small messages that were fetched from a folder: whoever refuses these too refuses everything."""
    here = select(Placement.uid).join(Folder, Folder.id == Placement.folder_id)
    here = here.join(Message, Message.digest == Placement.digest).where(Placement.folder_id == folder_id)
    here = here.where(Placement.uidvalidity == Folder.uidvalidity, Placement.gone_at.is_(None), Message.complete)
    return sorted(session.scalars(here.order_by(Message.size).limit(most)))


def to_mark(session: Session, folder_id: int, *, most: int) -> list[int]:
    """Return fetched messages that are still to be marked as read on the server."""
    here = select(Placement.uid).join(Folder, Folder.id == Placement.folder_id)
    here = here.where(Placement.folder_id == folder_id, Placement.uidvalidity == Folder.uidvalidity, Placement.mark_due)
    return list(session.scalars(here.order_by(Placement.uid).limit(most)))


def _at_each(session: Session, folder_id: int, uids: Sequence[int], *only: Any, **values: Any) -> None:
    uidvalidity = select(Folder.uidvalidity).where(Folder.id == folder_id).scalar_subquery()
    for first in range(0, len(uids), 500):
        here = (Placement.folder_id == folder_id, Placement.uidvalidity == uidvalidity)
        some = Placement.uid.in_(uids[first : first + 500])
        session.execute(_plain(update(Placement).where(*here, some, *only).values(values)))


def _plain(statement: Any) -> Any:
    return statement.execution_options(synchronize_session=False)

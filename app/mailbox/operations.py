"""Writes. The caller commits."""

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.models import Account, Folder, Placement
from app.models.turns import take_turn


def note_seen(session: Session, placement: Placement, *, seen: bool) -> None:
    """Note here that a message was read, or that it shall look unread; its server is told nothing.

    The same message in other folders of the account is the same to whoever reads it.
    """
    if placement.account_id is not None:
        take_turn(session, [placement.account_id])
    owner = Placement.account_id.is_not_distinct_from(placement.account_id)
    same = update(Placement).where(owner, Placement.digest == placement.digest)
    session.execute(same.values(read_here=seen).execution_options(synchronize_session=False))
    session.refresh(placement)


def delete_of(session: Session, account: Account) -> None:
    """Delete the mail that was fetched from ``account``. The contents go a little later, with the housekeeping."""
    take_turn(session, [account.id])
    # With the folders go the places of the messages.
    folders = delete(Folder).where(Folder.account_id == account.id)
    session.execute(folders.execution_options(synchronize_session=False))

"""Reads and writes about where messages lie that a folder has had: on the server still, or not any more."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.fetching.claims import Claim, hold_on
from app.models import Folder, Placement

# So many are written in one transaction: whoever else writes about the account's mail waits for its end.
MOST_WRITTEN = 5000
_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Counted:
    """How many messages have their places on the server, as far as is known, and how many had."""

    present: int
    gone: int


def count_up_to(session: Session, folder_id: int, uidvalidity: int, upto: int) -> Counted:
    """Return how many places there are up to a UID."""
    numbers = select(func.count(), func.count(Placement.gone_at)).where(*_up_to(folder_id, uidvalidity, upto))
    count, gone = session.execute(numbers).one()
    return Counted(count - gone, gone)


def uids_up_to(
    session: Session, folder_id: int, uidvalidity: int, upto: int, *, gone: bool, above: int = 0
) -> "array[int]":
    """Return the UIDs of the places above one and up to another, rising: eight bytes for each, no more."""
    which = Placement.gone_at.is_not(None) if gone else Placement.gone_at.is_(None)
    here = select(Placement.uid).where(*_up_to(folder_id, uidvalidity, upto), Placement.uid > above, which)
    return array("L", session.scalars(here.order_by(Placement.uid).execution_options(yield_per=MOST_WRITTEN)))


def record_gone(
    session: Session, claim: Claim, folder_id: int, uidvalidity: int, uids: Sequence[int], *, now: datetime
) -> None:
    """Note that messages do not lie on the server any more; they stay readable. The caller commits."""
    hold_on(session, claim, now=now)
    _at_each(session, folder_id, uidvalidity, uids, Placement.gone_at.is_(None), gone_at=now, mark_due=False)


def record_back(
    session: Session, claim: Claim, folder_id: int, uidvalidity: int, uids: Sequence[int], *, now: datetime
) -> None:
    """Note that messages lie on the server after all. The caller commits."""
    hold_on(session, claim, now=now)
    _at_each(session, folder_id, uidvalidity, uids, Placement.gone_at.is_not(None), gone_at=None)


def _up_to(folder_id: int, uidvalidity: int, upto: int) -> tuple[Any, ...]:
    return Placement.folder_id == folder_id, Placement.uidvalidity == uidvalidity, Placement.uid <= upto


def _at_each(session: Session, folder_id: int, uidvalidity: int, uids: Sequence[int], only: Any, **values: Any) -> None:
    # What has been numbered anew meanwhile means other messages.
    still = select(Folder.id).where(Folder.id == folder_id, Folder.uidvalidity == uidvalidity).scalar_subquery()
    here = (Placement.folder_id == still, Placement.uidvalidity == uidvalidity, only)
    for first in range(0, len(uids), _TOGETHER):
        some = Placement.uid.in_(list(uids[first : first + _TOGETHER]))
        written = update(Placement).where(*here, some).values(values)
        session.execute(written.execution_options(synchronize_session=False))

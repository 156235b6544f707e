"""What of a folder is stored beyond its cursor, and what is still owed."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Placement, Trouble

# A message is tried in so many runs before it is left aside.
MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class Debts:
    """``placed``: UIDs beyond the cursor that are stored; ``given_up``: those in quarantine.

    ``tries`` says how often each was tried that is to be tried again, because it failed or because a person asks.
    """

    placed: set[int]
    given_up: set[int]
    tries: dict[int, int]

    def is_last_try(self, uid: int) -> bool:
        """Return whether a message is left aside if this try fails too."""
        return self.tries.get(uid, 0) + 1 >= MOST_TRIES


def debts_of(session: Session, folder_id: int, uidvalidity: int, *, after: int) -> Debts:
    """Return what is stored and what is owed."""
    here = (Placement.folder_id == folder_id, Placement.uidvalidity == uidvalidity)
    placed = set(session.scalars(select(Placement.uid).where(*here, Placement.uid > after)))
    question = select(Trouble.uid, Trouble.attempts, Trouble.retry).where(
        Trouble.folder_id == folder_id, Trouble.uidvalidity == uidvalidity
    )
    given_up: set[int] = set()
    tries: dict[int, int] = {}
    for uid, attempts, retry in session.execute(question):
        if retry or attempts < MOST_TRIES:
            tries[uid] = attempts
        else:
            given_up.add(uid)
    return Debts(placed, given_up, tries)

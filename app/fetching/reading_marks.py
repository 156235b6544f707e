"""Whether a message counts as read, wherever in an account it lies: a person read it, not a folder."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Placement


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known of a message from where else it lies. ``marked``: it was us who told the server that it is read."""

    read_here: bool | None = None
    marked: bool = False

    def columns(self, *, seen: bool, mark: bool) -> dict[str, bool | None]:
        """Return the columns of a new place of the message, which the server calls read, or not; ``mark``: we shall."""
        by_us = seen and self.marked
        return {"seen": seen and not by_us, "read_here": self.read_here, "mark_due": mark and not seen, "marked": by_us}


NO_MARKS = Marks()


def marks_of(session: Session, account_id: int, digests: Collection[str]) -> dict[str, Marks]:
    """Return what is known of messages that lie somewhere in the account already."""
    if not digests:
        return {}
    question = select(Placement.digest, Placement.read_here, Placement.marked)
    question = question.where(Placement.digest.in_(digests), Placement.account_id == account_id)
    found: dict[str, Marks] = {}
    for digest, read_here, marked in session.execute(question):
        before = found.get(digest, NO_MARKS)
        said = before.read_here if read_here is None else bool(read_here or before.read_here)
        found[digest] = Marks(said, marked or before.marked)
    return found

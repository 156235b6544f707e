"""What people have chosen about the fetching of one account, as one short mark, so that a second editor is told."""

import hashlib
import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.fetching.claims import INBOX
from app.fetching.senders import list_senders
from app.models import FetchState, Folder
from app.models.turns import take_turn


class ChosenMeanwhile(Exception):
    """Somebody else has chosen something since; ``mark`` stands for what it is now."""

    def __init__(self, mark: str) -> None:
        super().__init__(mark)
        self.mark = mark


def refuse_unseen(session: Session, account_id: int, seen: str) -> None:
    """Keep others from choosing until the transaction ends. Raises ChosenMeanwhile unless it all is as was ``seen``."""
    take_turn(session, [account_id])
    mark = mark_of_choices(session, account_id)
    if mark != seen:
        raise ChosenMeanwhile(mark)


def mark_of_choices(session: Session, account_id: int) -> str:
    """Return what stands for the choices as they are now; the same choices have the same mark."""
    state = session.get(FetchState, account_id)
    ticked = select(Folder.name).where(Folder.account_id == account_id, Folder.chosen).order_by(Folder.name)
    # What an account begins with is no change of anybody's.
    folders = [INBOX] if state is None else list(session.scalars(ticked))
    options = [None, False, False] if state is None else _options(state)
    said = json.dumps([folders, options, list_senders(session, account_id)])
    return hashlib.sha256(said.encode()).hexdigest()[:24]


def _options(state: FetchState) -> list[object]:
    return [state.interval_minutes, state.mark_seen, state.listed_senders_only]

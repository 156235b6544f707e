"""In which order rows of an account are locked, so that nobody waits crosswise for somebody else."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.fetch_state import FetchState


def take_turn(session: Session, account_ids: Collection[int]) -> None:
    """Wait until nobody stores mail of these accounts, and keep others from it until the transaction ends.

    Whoever stores has locked the account's row of ``fetch_states`` before anything else. Who writes about folders,
    places or the account itself does the same first: PostgreSQL ends one of two that wait for each other.
    """
    # In one order, since many may be taken at a time.
    turn = select(FetchState.account_id).where(FetchState.account_id.in_(account_ids)).order_by(FetchState.account_id)
    session.execute(turn.with_for_update()).all()

"""How often accounts are fetched."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import FetchDefaults, FetchState

DEFAULT_MINUTES = 5
MOST_MINUTES = 24 * 60


def intervals(session: Session, account_ids: Collection[int]) -> dict[int, timedelta]:
    """Return how often each account is fetched."""
    default = default_minutes(session)
    question = select(FetchState.account_id, FetchState.interval_minutes).where(FetchState.account_id.in_(account_ids))
    return {account_id: timedelta(minutes=own or default) for account_id, own in session.execute(question)}


def default_minutes(session: Session) -> int:
    """Return how often accounts are fetched that say nothing else."""
    return session.scalar(select(FetchDefaults.interval_minutes)) or DEFAULT_MINUTES

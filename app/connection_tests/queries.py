"""Reads."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.mail.outcomes import Outcome
from app.models import ConnectionTest, TestState

# Both sides together take at most 21 seconds; what has not ended by then, waiting included, has been interrupted.
DEADLINE = timedelta(seconds=45)


class Progress(StrEnum):
    """How a test stands, for the person who waits for it."""

    WAITING = "waiting"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"
    NOT_STARTED = "not_started"
    FAILED = "failed"
    PASSED = "passed"
    NOT_SAVED = "not_saved"
    SAVED = "saved"


def progress(test: ConnectionTest, *, now: datetime) -> Progress:
    """Return how ``test`` stands at ``now``. A test whose worker died is interrupted, without anybody writing it."""
    if test.state is TestState.CANCELLED:
        return Progress.NOT_STARTED if test.problem else Progress.CANCELLED
    if test.state is not TestState.FINISHED:
        if now - test.created_at > DEADLINE:
            return Progress.INTERRUPTED
        return Progress.WAITING if test.state is TestState.QUEUED else Progress.RUNNING
    if test.saved_account_id is not None:
        return Progress.SAVED
    if test.problem is not None:
        return Progress.NOT_SAVED
    results = (test.imap_result, test.smtp_result)
    passed = all(result is not None and result["outcome"] == Outcome.OK for result in results)
    return Progress.PASSED if passed else Progress.FAILED


def find_own(session: Session, test_id: str, user_id: int) -> ConnectionTest | None:
    """Return the test if this person started it."""
    test = session.get(ConnectionTest, test_id)
    return test if test is not None and test.user_id == user_id else None


def find_unfinished(
    session: Session, submission: str, user_id: int, *, saves: bool, now: datetime
) -> ConnectionTest | None:
    """Return the latest test of one form that is still under way."""
    return session.scalar(
        select(ConnectionTest)
        .where(
            ConnectionTest.submission == submission,
            ConnectionTest.user_id == user_id,
            ConnectionTest.saves.is_(saves),
            ConnectionTest.state.in_([TestState.QUEUED, TestState.RUNNING]),
            ConnectionTest.created_at > now - DEADLINE,
        )
        .order_by(ConnectionTest.created_at.desc())
        .limit(1)
    )

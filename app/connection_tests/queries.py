"""Reads."""

import re
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.connection_tests.owner import Owner
from app.mail.outcomes import Outcome
from app.models import ConnectionTest, TestState

# How long a test may wait for a worker. Whoever still waits then is told that it was interrupted, and it never begins.
WAITING_LIFE = timedelta(seconds=45)
# How long one may run: both sides together take at most 21 seconds.
RUNNING_LIFE = timedelta(seconds=25)


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
        return _under_way(test, now)
    if test.saved_account_id is not None:
        return Progress.SAVED
    if test.problem is not None:
        return Progress.NOT_SAVED
    results = (test.imap_result, test.smtp_result)
    passed = all(result is not None and result["outcome"] == Outcome.OK for result in results)
    return Progress.PASSED if passed else Progress.FAILED


def _under_way(test: ConnectionTest, now: datetime) -> Progress:
    if test.started_at is None:
        return Progress.WAITING if now - test.created_at <= WAITING_LIFE else Progress.INTERRUPTED
    return Progress.RUNNING if now - test.started_at <= RUNNING_LIFE else Progress.INTERRUPTED


def find_own(session: Session, test_id: str, owner: Owner) -> ConnectionTest | None:
    """Return the test if it is this owner's."""
    if not re.fullmatch(r"[\w-]{1,32}", test_id, re.ASCII):
        return None  # PostgreSQL refuses to be asked for some of what a browser can send
    test = session.get(ConnectionTest, test_id)
    return test if test is not None and Owner.of(test) == owner else None


def find_unfinished(session: Session, submission: str, owner: Owner, *, now: datetime) -> list[ConnectionTest]:
    """Return the tests of one form that are still under way, the latest first."""
    waiting = session.scalars(
        select(ConnectionTest)
        .where(
            ConnectionTest.submission == submission,
            ConnectionTest.user_id == owner.user_id,
            ConnectionTest.link_id == owner.link_id,
            ConnectionTest.state.in_([TestState.QUEUED, TestState.RUNNING]),
        )
        .order_by(ConnectionTest.created_at.desc())
    )
    return [test for test in waiting if progress(test, now=now) is not Progress.INTERRUPTED]

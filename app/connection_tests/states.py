"""How a test goes from one state to the next: by compare-and-set, since several processes may try at once."""

from collections.abc import Collection
from typing import Any, cast

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from app.models import ConnectionTest, Problem, TestState


def cancel(session: Session, test: ConnectionTest, problem: Problem | None = None) -> None:
    """End ``test`` if it has not ended and is still there, and say why. What was typed stays for the next try."""
    advance(session, test, [TestState.QUEUED, TestState.RUNNING], TestState.CANCELLED, problem=problem)


def advance(
    session: Session, test: ConnectionTest, before: Collection[TestState], after: TestState, **values: Any
) -> bool:
    """Move ``test`` on by compare-and-set; False if somebody else moved it, or it is gone."""
    session.flush()
    statement = (
        update(ConnectionTest)
        .where(ConnectionTest.id == test.id, ConnectionTest.state.in_(before))
        .values(state=after, **values)
    )
    moved = cast(CursorResult[Any], session.execute(statement)).rowcount == 1
    # Not read at once: where nothing was moved, the test may be gone.
    session.expire(test)
    return moved

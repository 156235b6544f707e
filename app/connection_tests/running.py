"""Running a connection test: each step is published as it happens, and what passed is saved if that was asked for."""

from collections.abc import Callable, Generator
from contextlib import closing
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from app import accounts
from app.accounts import AccountDetails, AccountNotFound, AddressTaken, ChangedMeanwhile, Tested
from app.clock import Clock
from app.connection_tests.credentials import details_of, forget_passwords
from app.connection_tests.receipts import receipt
from app.mail.outcomes import Outcome
from app.mail.probe import SideFinished, StepFinished
from app.mail.settings import ProbeRequest, Side
from app.models import ConnectionTest, Problem, TestState
from app.vault import SecretUnreadable, Vault

Probe = Callable[[ProbeRequest], Generator[StepFinished | SideFinished]]


def run(
    session: Session,
    test: ConnectionTest,
    *,
    vault: Vault,
    probe: Probe,
    clock: Clock,
    publish: Callable[[], None],
) -> None:
    """Try the servers of ``test``, calling ``publish`` (a commit) after each step so that the page can show it.

    A test that has been started before, or cancelled, is left alone; one that is cancelled meanwhile ends at once.
    """
    if not advance(session, test, TestState.QUEUED, TestState.RUNNING, started_at=clock()):
        return
    publish()
    try:
        details = details_of(test, vault)
    except SecretUnreadable:
        cancel(session, test, Problem.SECRET_UNREADABLE)
        publish()
        return
    request = _untried_sides(test, details)
    with closing(probe(request)) as events:
        for event in events:
            _record(test, event)
            publish()
            # The commit has expired the row, so this reads what a cancelling person wrote.
            if test.state is not TestState.RUNNING:
                return
    _finish(session, test, details, tried=request, vault=vault, now=clock(), publish=publish)


def cancel(session: Session, test: ConnectionTest, problem: Problem | None = None) -> None:
    """End ``test`` if it has not ended, and say why. What was typed stays for the next try."""
    if not advance(session, test, TestState.QUEUED, TestState.CANCELLED, problem=problem):
        advance(session, test, TestState.RUNNING, TestState.CANCELLED, problem=problem)


def advance(session: Session, test: ConnectionTest, before: TestState, after: TestState, **values: Any) -> bool:
    """Move ``test`` on by compare-and-set; False if somebody else moved it."""
    session.flush()
    statement = (
        update(ConnectionTest)
        .where(ConnectionTest.id == test.id, ConnectionTest.state == before)
        .values(state=after, **values)
    )
    moved = cast(CursorResult[Any], session.execute(statement)).rowcount == 1
    session.refresh(test)
    return moved


def _untried_sides(test: ConnectionTest, details: AccountDetails) -> ProbeRequest:
    return ProbeRequest(
        imap=details.imap if test.imap_result is None else None,
        smtp=details.smtp if test.smtp_result is None else None,
        fast_mode=details.fast_mode,
    )


def _record(test: ConnectionTest, event: StepFinished | SideFinished) -> None:
    if isinstance(event, StepFinished):
        name = f"{event.side}_steps"
        # A new list: SQLAlchemy does not see a JSON value that changes inside.
        setattr(test, name, [*getattr(test, name), event.step.to_json()])
    else:
        result = event.result.to_json()
        setattr(test, f"{event.side}_steps", result["steps"])
        setattr(test, f"{event.side}_result", result)


def _finish(
    session: Session,
    test: ConnectionTest,
    details: AccountDetails,
    *,
    tried: ProbeRequest,
    vault: Vault,
    now: datetime,
    publish: Callable[[], None],
) -> None:
    # A side taken over from an earlier test has its receipt there; a new one would prolong its 15 minutes.
    receipts = {
        f"{side}_receipt": receipt(details, side, user_id=test.user_id, vault=vault)
        for side in Side
        if getattr(tried, side) is not None and _passed(test, side)
    }
    if not advance(session, test, TestState.RUNNING, TestState.FINISHED, finished_at=now, **receipts):
        return
    if not (test.saves and all(_passed(test, side) for side in Side)):
        publish()
        return
    try:
        test.saved_account_id = _save(session, test, details, vault=vault, now=now)
        forget_passwords(session, test.submission)
        publish()
    except (AddressTaken, ChangedMeanwhile, AccountNotFound) as problem:
        session.rollback()
        why = _PROBLEMS[type(problem)]
        advance(session, test, TestState.RUNNING, TestState.FINISHED, finished_at=now, problem=why, **receipts)
        publish()


_PROBLEMS: dict[type[Exception], Problem] = {
    AddressTaken: Problem.ADDRESS_TAKEN,
    ChangedMeanwhile: Problem.CHANGED_MEANWHILE,
    AccountNotFound: Problem.ACCOUNT_NOT_FOUND,
}


def _save(session: Session, test: ConnectionTest, details: AccountDetails, *, vault: Vault, now: datetime) -> int:
    tested = Tested(now, Outcome.OK, Outcome.OK)
    if test.account_id is None:
        account = accounts.create(session, details, submission=test.submission, tested=tested, vault=vault, now=now)
    else:
        account = accounts.get(session, test.account_id)
        accounts.change(
            session,
            account,
            details,
            expected_version=test.account_version,
            tested=tested,
            vault=vault,
            now=now,
        )
    return account.id


def _passed(test: ConnectionTest, side: Side) -> bool:
    result = getattr(test, f"{side}_result")
    return result is not None and result["outcome"] == Outcome.OK

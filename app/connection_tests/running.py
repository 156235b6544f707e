"""Running a connection test: each step is published as it happens, and what passed is saved if that was asked for."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError

from app import accounts
from app.accounts import AccountDetails, AccountNotFound, AddressTaken, AlreadyCreated, ChangedMeanwhile, Tested
from app.clock import Clock
from app.connection_tests.creating import create
from app.connection_tests.credentials import PasswordNeeded, complete_details_of, forget_passwords
from app.connection_tests.heard import DELETED, Heard, Tried
from app.connection_tests.owner import Owner
from app.connection_tests.queries import Progress, progress
from app.connection_tests.receipts import receipt
from app.connection_tests.states import advance, cancel
from app.embed import LinkUsed
from app.mail.outcomes import Outcome
from app.mail.probe import SideFinished, StepFinished, StillWaiting
from app.mail.settings import ProbeRequest, Side
from app.models import ConnectionTest, Problem, TestState
from app.vault import Vault

Event = StepFinished | SideFinished | StillWaiting
Probe = Callable[[ProbeRequest], Generator[Event]]


def run(
    session: Session,
    test: ConnectionTest,
    *,
    vault: Vault,
    probe: Probe,
    clock: Clock,
    publish: Callable[[], None],
) -> Tried:
    """Try the servers of ``test``, and return what was heard from them.

    Calls ``publish`` (a commit) after each step, so that the page can show it. A test that has been started before,
    cancelled, or kept waiting for too long is left alone; one that is cancelled or deleted meanwhile ends at once.
    """
    tried = Tried()
    try:
        _begin(session, test, tried, vault=vault, probe=probe, clock=clock, publish=publish)
        tried.state = test.state
    except (StaleDataError, ObjectDeletedError):
        # It has gone with its link, and there is nobody left to tell. What was about to be written goes with it.
        session.rollback()
        tried.state = DELETED
    return tried


def _begin(
    session: Session,
    test: ConnectionTest,
    tried: Tried,
    *,
    vault: Vault,
    probe: Probe,
    clock: Clock,
    publish: Callable[[], None],
) -> None:
    # One that waited for too long was called interrupted: the person may have given up, or begun again.
    if progress(test, now=clock()) is not Progress.WAITING:
        return
    if not advance(session, test, [TestState.QUEUED], TestState.RUNNING, started_at=clock()):
        return
    publish()
    try:
        details = complete_details_of(test, vault)
    except PasswordNeeded:
        cancel(session, test, Problem.SECRET_UNREADABLE)
        publish()
        return
    tried.sides = {side: Heard() for side in Side if getattr(test, f"{side}_result") is None}
    _try(session, test, details, tried, vault=vault, probe=probe, clock=clock, publish=publish)


def _try(
    session: Session,
    test: ConnectionTest,
    details: AccountDetails,
    tried: Tried,
    *,
    vault: Vault,
    probe: Probe,
    clock: Clock,
    publish: Callable[[], None],
) -> None:
    with closing(probe(_request(details, tried))) as events:
        for event in events:
            if not isinstance(event, StillWaiting):
                heard = tried.sides[event.side]
                heard.add(event)
                setattr(test, f"{event.side}_steps", heard.steps)
                setattr(test, f"{event.side}_result", heard.result)
            if test.imap_result is not None and test.smtp_result is not None:
                break  # the end is published with its verdict
            publish()
            # The commit has expired the row, so this reads what a cancelling person wrote.
            if test.state is not TestState.RUNNING:
                return
    _finish(session, test, details, tried, vault=vault, now=clock(), publish=publish)


def _request(details: AccountDetails, tried: Tried) -> ProbeRequest:
    return replace(
        details.probe_request,
        imap=details.imap if Side.IMAP in tried.sides else None,
        smtp=details.smtp if Side.SMTP in tried.sides else None,
    )


def _finish(
    session: Session,
    test: ConnectionTest,
    details: AccountDetails,
    tried: Tried,
    *,
    vault: Vault,
    now: datetime,
    publish: Callable[[], None],
) -> None:
    if progress(test, now=now) is not Progress.RUNNING:
        return  # called interrupted meanwhile: what is late must not be saved any more
    # A side taken over from an earlier test has its receipt there; a new one would prolong its 15 minutes.
    receipts = {
        f"{side}_receipt": receipt(details, side, owner=Owner.of(test), vault=vault)
        for side in tried.sides
        if _passed(test, side)
    }
    if not advance(session, test, [TestState.RUNNING], TestState.FINISHED, finished_at=now, **receipts):
        return
    _stamp_account(session, test, details, vault=vault, now=now)
    if not (test.saves and all(_passed(test, side) for side in Side)):
        publish()
        return
    try:
        # The savepoint keeps the verdict where what passed cannot be saved.
        with session.begin_nested():
            test.saved_account_id = _save(session, test, details, vault=vault, now=now)
            test.imap_password = test.smtp_password = None  # the account holds them now
    except (*_PROBLEMS,) as problem:
        session.refresh(test)
        test.problem = _PROBLEMS[type(problem)]
        publish()
        return
    publish()
    # Those of the form's other tests only now: one may hold its row, and wait for the link or the account that this one
    # held until here.
    forget_passwords(session, ConnectionTest.submission == test.submission)
    publish()


_PROBLEMS: dict[type[Exception], Problem] = {
    AddressTaken: Problem.ADDRESS_TAKEN,
    AlreadyCreated: Problem.ALREADY_CREATED,
    ChangedMeanwhile: Problem.CHANGED_MEANWHILE,
    AccountNotFound: Problem.ACCOUNT_NOT_FOUND,
    LinkUsed: Problem.LINK_USED,
}


def _stamp_account(
    session: Session, test: ConnectionTest, details: AccountDetails, *, vault: Vault, now: datetime
) -> None:
    """Note the verdict on the account where the test was of exactly what is stored."""
    account = accounts.find(session, test.account_id) if test.account_id is not None else None
    if account is None or accounts.details_of(account, vault).probe_request != details.probe_request:
        return
    outcomes = [getattr(test, f"{side}_result")["outcome"] for side in Side]
    accounts.record_test(session, account, Tested(now, *outcomes))


def _save(session: Session, test: ConnectionTest, details: AccountDetails, *, vault: Vault, now: datetime) -> int:
    tested = Tested(now, Outcome.OK, Outcome.OK)
    if test.account_id is None:
        account = create(
            session, details, submission=test.submission, owner=Owner.of(test), tested=tested, vault=vault, now=now
        )
    else:
        account = accounts.get(session, test.account_id)
        if accounts.holds(account, details, vault):
            return account.id  # the same was pressed twice, and the other one was faster
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

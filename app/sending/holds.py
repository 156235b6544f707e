"""Accounts whose mailbox is not opened for copies: a login has failed, and only a person can change that.

A hold ends when the account has got another incoming server or password, has passed a test since, or somebody asks for
a try. What fetching has given up on is left alone as well.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, or_, select, update
from sqlalchemy.orm import Session

from app import accounts, fetching
from app.mail.failures import StepFailed
from app.models import Account, CopyHold, OutgoingMessage
from app.models.inserting import insert_if_absent

_IN_FORCE = (
    select(CopyHold.account_id)
    .join(Account, Account.id == CopyHold.account_id)
    .where(~fetching.acted_since(CopyHold.held_at, CopyHold.incoming_version))
)


@dataclass(frozen=True, slots=True)
class Login:
    """One attempt to open an account's mailbox: with which settings, and when it began."""

    account_id: int
    incoming_version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CopiesHeld:
    """Why no copies of an account are filed. ``may_ask``: a person may have it tried once more as it is."""

    outcome: str | None
    server_text: str | None
    may_ask: bool


def may_be_opened() -> ColumnElement[bool]:
    """Return whether the mailbox of a message's account may be opened; of one that is gone there is none to spare."""
    its = OutgoingMessage.account_id
    return or_(its.is_(None), its.not_in(_IN_FORCE) & its.not_in(fetching.held_accounts()))


def begin(session: Session, login: Login, failure: StepFailed) -> None:
    """Hold an account after ``login`` has failed; one that is gone needs no hold."""
    if accounts.hold(session, login.account_id) is None:
        return
    said = {"outcome": failure.outcome, "server_text": failure.text}
    values = {"incoming_version": login.incoming_version, "held_at": login.at, **said}
    anew = update(CopyHold).where(CopyHold.account_id == login.account_id).values(values)
    result = session.execute(anew.execution_options(synchronize_session=False))
    if not cast(CursorResult[Any], result).rowcount:
        session.execute(insert_if_absent(session, CopyHold).values(account_id=login.account_id, **values))


def let_go(session: Session, account_id: int) -> None:
    """Have the mailbox of an account opened once more for what is due: a login has worked, or a person asks for one."""
    # Held first, as in ``begin``: whoever deletes the account must not wait crosswise for this.
    if accounts.hold(session, account_id) is not None:
        gone = delete(CopyHold).where(CopyHold.account_id == account_id)
        session.execute(gone.execution_options(synchronize_session=False))


def find(session: Session, account_id: int) -> CopiesHeld | None:
    """Return why no copies of an account are filed; None if they are."""
    if fetching.is_held(session, account_id):
        state = fetching.find_state(session, account_id)
        return CopiesHeld(state.outcome, state.server_text, may_ask=False) if state is not None else None
    hold = session.scalar(select(CopyHold).where(CopyHold.account_id == account_id, CopyHold.account_id.in_(_IN_FORCE)))
    return CopiesHeld(hold.outcome, hold.server_text, may_ask=True) if hold is not None else None

"""A new account out of a form: of a person, or of an embedded one, whose link is good for one account."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app import accounts, embed
from app.accounts import AccountDetails, Tested
from app.connection_tests.owner import Owner
from app.models import Account
from app.vault import Vault


def create(
    session: Session,
    details: AccountDetails,
    *,
    submission: str,
    owner: Owner,
    tested: Tested | None,
    vault: Vault,
    now: datetime,
) -> Account:
    """Create an account and use up the link of an embedded form, both or neither: the caller commits or rolls back.

    Raises AddressTaken, AlreadyCreated, LinkUsed.
    """
    if owner.link_id is None:
        return accounts.create(
            session, details, submission=submission, tested=tested, vault=vault, now=now, added_by=owner.user_id
        )
    # First, so that of two that come at the same time the second waits here, and then is refused.
    embed.claim(session, owner.link_id, now=now)
    # What the client has said counts from here on; until here the servers had to be proven all the same.
    details = replace(details, active=details.active and embed.starts_active(session, owner.link_id))
    account = accounts.create(session, details, submission=submission, tested=tested, vault=vault, now=now)
    embed.record_account(session, owner.link_id, account.id)
    return account

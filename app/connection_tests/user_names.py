"""Whether another user name is worth a try: each one is another failed login, and a few of them lock a mailbox."""

from dataclasses import replace

from sqlalchemy import ScalarResult, select
from sqlalchemy.orm import Session

from app import accounts
from app.connection_tests.credentials import details_of
from app.connection_tests.owner import Owner
from app.mail.fixes import OF_THE_USER_NAME
from app.mail.outcomes import Outcome
from app.mail.settings import ServerSettings, Side
from app.models import ConnectionTest
from app.vault import Vault


def is_worth_a_try(session: Session, test: ConnectionTest, side: Side, username: str, vault: Vault) -> bool:
    """Return whether ``username`` may help where the server has refused the login of ``test``.

    Not where the account as it is saved has passed under the name that was refused: then the password is wrong. Nor
    where this form has tried the name already, with the same password at the same place.
    """
    tried = details_of(test, vault).server(side)
    if _has_worked(session, test, side, tried):
        return False
    return not any(
        _refuses(other, side, replace(tried, username=username), vault) for other in _of_the_form(session, test)
    )


def _has_worked(session: Session, test: ConnectionTest, side: Side, tried: ServerSettings) -> bool:
    account = accounts.find(session, test.account_id) if test.account_id is not None else None
    if account is None or getattr(account, f"{side}_outcome") != Outcome.OK:
        return False
    saved = accounts.details_of(account).server(side)
    return (saved.host, saved.port, saved.username) == (tried.host, tried.port, tried.username)


def _of_the_form(session: Session, test: ConnectionTest) -> ScalarResult[ConnectionTest]:
    owner = Owner.of(test)
    return session.scalars(
        select(ConnectionTest).where(
            ConnectionTest.submission == test.submission,
            ConnectionTest.user_id == owner.user_id,
            ConnectionTest.link_id == owner.link_id,
        )
    )


def _refuses(test: ConnectionTest, side: Side, login: ServerSettings, vault: Vault) -> bool:
    result = getattr(test, f"{side}_result")
    return result is not None and result["outcome"] in OF_THE_USER_NAME and _is_of(test, side, login, vault)


def _is_of(test: ConnectionTest, side: Side, login: ServerSettings, vault: Vault) -> bool:
    tried = details_of(test, vault).server(side)
    same_name = tried.username.casefold() == login.username.casefold()
    return same_name and (tried.host, tried.port, tried.password) == (login.host, login.port, login.password)

"""Accounts whose servers listen on this machine."""

from datetime import datetime

from sqlalchemy.orm import Session

from app import accounts
from app.accounts import Tested
from app.mail.settings import ConnectionSecurity
from app.models import Account
from app.vault import Vault
from tests import cast
from tests.servers.fixtures import USER


def local_account(
    session: Session,
    vault: Vault,
    *,
    imap_port: int = 1,
    smtp_port: int = 1,
    security: str = "none",
    now: datetime,
    **changes: object,
) -> Account:
    """Add one that was tested just now, for good; ``changes`` are to any of its details."""
    local = {
        "name": "Biuro „Żółw”",
        "email": USER,
        "imap_host": "localhost",
        "imap_port": imap_port,
        "imap_security": ConnectionSecurity(security),
        "imap_username": USER,
        "imap_password": "secret-canary",
        "smtp_host": "localhost",
        "smtp_port": smtp_port,
        "smtp_security": ConnectionSecurity(security),
    }
    details, tested = cast.details(**(local | changes)), Tested(now, "ok", "ok")
    made = accounts.create(session, details, submission=None, tested=tested, vault=vault, now=now)
    session.commit()
    return made

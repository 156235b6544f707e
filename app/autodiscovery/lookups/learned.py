"""What works for other accounts of the same domain here: where their servers are, never who they are."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.autodiscovery.offers import Offer, Way
from app.autodiscovery.sources.reach import STAND_IN, anybody_at
from app.autodiscovery.suggest import Source, mailbox_of
from app.mail.outcomes import Outcome
from app.mail.owners import organisation_of
from app.mail.settings import Side
from app.models import Account


def learned(session: Session, domain: str) -> Offer | None:
    """Return the settings of the account of ``domain`` whose test has passed last."""
    proven = session.scalar(
        select(Account)
        .where(
            Account.email_key.endswith(f"@{domain}", autoescape=True),
            Account.tested_at.is_not(None),
            Account.imap_outcome == Outcome.OK,
            Account.smtp_outcome == Outcome.OK,
            # Nobody looked at the certificates of those.
            Account.fast_mode.is_(False),
        )
        .order_by(Account.tested_at.desc(), Account.id)
        .limit(1)
    )
    if proven is None:
        return None
    ways = {Side.IMAP: (_imap(proven, domain),), Side.SMTP: (_smtp(proven, domain),)}
    return Offer(Source.LEARNED, ways, organisation=organisation_of(proven.imap_host))


def _imap(account: Account, domain: str) -> Way:
    username = _pattern(account.imap_username, account.email, domain)
    return Way(account.imap_host, account.imap_port, account.imap_security, username)


def _smtp(account: Account, domain: str) -> Way:
    username = account.imap_username if account.smtp_same_credentials else account.smtp_username or ""
    way = Way(account.smtp_host, account.smtp_port, account.smtp_security, _pattern(username, account.email, domain))
    return replace(way, auth=account.smtp_auth)


def _pattern(username: str, email: str, domain: str) -> str:
    """Return what anybody's user name is, if this one is made from its address; the whole address for any other."""
    local = mailbox_of(email).rpartition("@")[0]
    return STAND_IN if username.casefold() == local.casefold() else anybody_at(domain)

"""What works for other accounts of the same domain here: where their servers are, never who they are."""

from typing import Any

from sqlalchemy import Row, Subquery, bindparam, select

from app.autodiscovery.offers import Offer, Way
from app.autodiscovery.personal import STAND_IN, anybody_at
from app.autodiscovery.suggest import Source, domain_of, mailbox_of
from app.mail.outcomes import Outcome
from app.mail.settings import Side
from app.models import Account

# The table, not the class: a class is put together anew for each row.
_ACCOUNT = Account.__table__.c
# The settings of the account whose test has passed last, of those whose addresses are like ``ending``.
PROVEN: Subquery = (
    select(
        _ACCOUNT.email,
        _ACCOUNT.imap_host,
        _ACCOUNT.imap_port,
        _ACCOUNT.imap_security,
        _ACCOUNT.imap_username,
        _ACCOUNT.smtp_host,
        _ACCOUNT.smtp_port,
        _ACCOUNT.smtp_security,
        _ACCOUNT.smtp_auth,
        _ACCOUNT.smtp_same_credentials,
        _ACCOUNT.smtp_username,
    )
    .where(
        _ACCOUNT.email_key.like(bindparam("ending")),
        _ACCOUNT.tested_at.is_not(None),
        _ACCOUNT.imap_outcome == Outcome.OK,
        _ACCOUNT.smtp_outcome == Outcome.OK,
        # Whoever comes by a link of an embedded form is a stranger, and may have proven a server of their own.
        _ACCOUNT.added_by.is_not(None),
        # Nobody looked at the certificates of those, or trusted one that nobody else does.
        _ACCOUNT.fast_mode.is_(False),
        _ACCOUNT.imap_pin.is_(None),
        _ACCOUNT.smtp_pin.is_(None),
    )
    .order_by(_ACCOUNT.tested_at.desc(), _ACCOUNT.id)
    .limit(1)
    .subquery("proven")
)


def ending_of(domain: str) -> str:
    """Return what all addresses of ``domain`` (canonical, so that nothing in it stands for something else) are like."""
    return f"%@{domain}"


def learned(proven: Row[Any], domain: str) -> Offer | None:
    """Return what a row with the columns of ``PROVEN`` offers to others of ``domain``; None if there is none."""
    if proven.email is None:
        return None
    imap_user = proven.imap_username
    smtp_user = imap_user if proven.smtp_same_credentials else proven.smtp_username or ""
    imap = Way(proven.imap_host, proven.imap_port, proven.imap_security, _pattern(imap_user, proven.email, domain))
    smtp = Way(
        proven.smtp_host,
        proven.smtp_port,
        proven.smtp_security,
        _pattern(smtp_user, proven.email, domain),
        auth=proven.smtp_auth,
    )
    return Offer(Source.LEARNED, {Side.IMAP: (imap,), Side.SMTP: (smtp,)})


def _pattern(username: str, email: str, domain: str) -> str:
    """Return what anybody's user name is, if this one is made from its address; empty: that cannot be told."""
    local = mailbox_of(email).rpartition("@")[0].casefold()
    if username.casefold() == local:
        return STAND_IN
    is_address = domain_of(username) == domain and mailbox_of(username).rpartition("@")[0].casefold() == local
    return anybody_at(domain) if is_address else ""

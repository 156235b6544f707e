"""The proof that exactly these values have passed a test a moment ago."""

import json
from dataclasses import astuple
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import AccountDetails
from app.mail.settings import Side
from app.models import ConnectionTest
from app.vault import Vault

LIFE = timedelta(minutes=15)


def receipt(details: AccountDetails, side: Side, *, user_id: int, vault: Vault) -> str:
    """Return a MAC over everything that ``side`` was given, for one person."""
    settings = details.imap if side is Side.IMAP else details.smtp
    message = [user_id, side, details.fast_mode, *astuple(settings)]
    return vault.mac("connection-test receipt", json.dumps(message).encode())


def find_passed(
    session: Session, details: AccountDetails, side: Side, *, user_id: int, vault: Vault, now: datetime
) -> ConnectionTest | None:
    """Return the latest test in which ``side`` passed with exactly these values, at most 15 minutes ago."""
    column = ConnectionTest.imap_receipt if side is Side.IMAP else ConnectionTest.smtp_receipt
    mac = receipt(details, side, user_id=user_id, vault=vault)
    return session.scalar(
        select(ConnectionTest)
        .where(column == mac, ConnectionTest.finished_at > now - LIFE)
        .order_by(ConnectionTest.finished_at.desc())
        .limit(1)
    )

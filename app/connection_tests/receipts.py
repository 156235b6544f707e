"""The proof that exactly these values have passed a test a moment ago."""

import json
from dataclasses import astuple
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts import AccountDetails
from app.connection_tests.owner import Owner
from app.mail.settings import Side
from app.models import ConnectionTest
from app.vault import Vault

LIFE = timedelta(minutes=15)


def receipt(details: AccountDetails, side: Side, *, owner: Owner, vault: Vault) -> str:
    """Return a MAC over everything that ``side`` was given, for one owner."""
    message = [str(owner), side, details.fast_mode, *astuple(details.server(side))]
    return vault.mac("connection-test receipt", json.dumps(message).encode())


def find_passed(
    session: Session, details: AccountDetails, *, owner: Owner, vault: Vault, now: datetime
) -> dict[Side, ConnectionTest]:
    """Return for each side that passed with exactly these values, at most 15 minutes ago, the latest such test."""
    macs = {side: receipt(details, side, owner=owner, vault=vault) for side in Side}
    column = {Side.IMAP: ConnectionTest.imap_receipt, Side.SMTP: ConnectionTest.smtp_receipt}
    recent = session.scalars(
        select(ConnectionTest)
        .where(or_(*(column[side] == mac for side, mac in macs.items())), ConnectionTest.finished_at > now - LIFE)
        .order_by(ConnectionTest.finished_at)
    ).all()
    # The later ones come last, and replace the earlier ones.
    return {side: test for test in recent for side, mac in macs.items() if getattr(test, f"{side}_receipt") == mac}

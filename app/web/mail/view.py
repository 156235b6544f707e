"""What the pages show of messages, in the person's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from app import accounts, sending, stationery
from app.extensions import db
from app.mail.settings import Side
from app.models import (
    Account,
    CopyState,
    MessageState,
    OutgoingMessage,
    OutgoingRecipient,
    RecipientKind,
    RecipientState,
    RoundTrip,
    RoundTripState,
)
from app.sending import CopiesHeld
from app.web.mail.letter import readable_size
from app.web.mail.looking import LESS_SOON_MS, SOON_MS, look_again_ms, look_again_seconds
from app.web.mail.reasons import advice_for, copy_words, is_for_the_account, is_put_off, round_trip_advice, why
from app.web.mail.wording import HEADLINES, PUT_OFF, RECIPIENT_KINDS, RECIPIENT_STATES, ROUND_TRIPS, STATES
from app.web.moments import Moment, moment_of

Context = dict[str, Any]
# In letters: as much of a text as a line of a list has room for.
_LINE = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A message in the list."""

    message: OutgoingMessage
    subject: str
    # Of a draft: how its text begins.
    beginning: str
    # What tells it from the others.
    name: str
    to: str
    badge: tuple[str, str]
    account: Account | None
    changed: Moment


@dataclass(frozen=True, slots=True)
class RecipientView:
    """A recipient, what became of the message for them, and why."""

    address: str
    kind: str
    badge: tuple[str, str]
    why: str
    server_text: str | None


def list_context(messages: Sequence[OutgoingMessage], *, now: datetime) -> Context:
    """Return what the list of messages needs."""
    known = {account.id: account for account in accounts.list_all(db.session)}
    rows = [_row(message, known.get(message.account_id or 0), now) for message in messages]
    drafts = [row for row in rows if row.message.state is MessageState.DRAFT]
    others = [row for row in rows if row.message.state is not MessageState.DRAFT]
    return {
        "drafts": drafts,
        "messages": others,
        "has_accounts": any(account.active for account in known.values()),
        "poll_ms": look_again_ms(_listed_as_moving(messages), now=now, soon=LESS_SOON_MS),
        "look": f"{now.timestamp() * 1000:.0f}",
    }


def message_context(message: OutgoingMessage, *, now: datetime) -> Context:
    """Return what the page about one message needs."""
    account = accounts.find(db.session, message.account_id) if message.account_id is not None else None
    kind, headline = HEADLINES[message.state]
    put_off = is_put_off(message, now)
    settled = sending.is_settled(message)
    held = _copy_held(message)
    # A copy nobody waits for as for the message.
    soon = LESS_SOON_MS if settled else SOON_MS
    poll_ms = look_again_ms([message], now=now, soon=soon, copies_held=held is not None)
    return {
        "message": message,
        "account": account,
        "subject": message.subject or _("(no subject)"),
        "kind": kind,
        "headline": str(PUT_OFF if put_off else headline),
        "account_helps": account is not None and is_for_the_account(message),
        "advice": advice_for(message, account, now),
        "moment": moment_of(message.sent_at or message.queued_at or message.changed_at, now),
        "recipients": [_recipient(row, account) for row in message.recipients],
        "text": stationery.linked(message.source_text),
        "files": [(file, readable_size(file.size)) for file in message.attachments],
        "copy": copy_words(message, account, held),
        "folder_choices": [(name, name) for name in message.copy_folders or []],
        "copy_why": why(held.outcome if held else message.copy_outcome, account, Side.IMAP),
        "copy_server_text": held.server_text if held else message.copy_text,
        "copy_held": held is not None,
        "may_file_again": message.copy_state is CopyState.FAILED or (held is not None and held.may_ask),
        "may_retry": sending.may_retry(message) and (settled or put_off),
        "may_edit": sending.may_edit(message),
        "uncertain": message.state is MessageState.UNCERTAIN,
        "may_discard": message.state is not MessageState.SENDING,
        "poll_ms": poll_ms,
        "refresh_s": look_again_seconds(poll_ms),
        "look": f"{now.timestamp() * 1000:.0f}",
    }


def round_trip_context(round_trip: RoundTrip, *, now: datetime) -> Context:
    """Return what the page about a test message needs."""
    account = accounts.find(db.session, round_trip.account_id)
    message = db.session.get(OutgoingMessage, round_trip.message_id)
    kind, headline = ROUND_TRIPS[round_trip.state]
    running = round_trip.state is RoundTripState.RUNNING
    end = round_trip.seen_at or (now if running else None)
    return {
        "round_trip": round_trip,
        "account": account,
        "kind": kind,
        "headline": str(headline),
        "advice": round_trip_advice(round_trip, message, account),
        "seconds": None if end is None else f"{max(0.0, (end - round_trip.started_at).total_seconds()):.1f}",
        "steps": _round_trip_steps(round_trip, message),
        "recipients": [_recipient(row, account) for row in message.recipients] if message is not None else [],
        "poll_ms": SOON_MS if running else None,
        "look": f"{now.timestamp() * 1000:.0f}",
    }


def _copy_held(message: OutgoingMessage) -> CopiesHeld | None:
    if message.copy_state is not CopyState.PENDING or message.account_id is None:
        return None
    return sending.holds.find(db.session, message.account_id)


def _listed_as_moving(messages: Sequence[OutgoingMessage]) -> list[OutgoingMessage]:
    # Of copies the list says nothing.
    return [message for message in messages if message.state in (MessageState.QUEUED, MessageState.SENDING)]


def _row(message: OutgoingMessage, account: Account | None, now: datetime) -> Row:
    written_to = [row for row in message.recipients if row.kind is RecipientKind.TO] or message.recipients
    names = [row.name or row.address for row in written_to] or [message.to_text.strip()]
    badge_kind, words = STATES[message.state]
    subject, beginning = message.subject or _("(no subject)"), _beginning(message)
    return Row(
        message=message,
        subject=subject,
        beginning=beginning,
        name=message.subject or beginning or subject,
        to=", ".join(name for name in names if name)[:200] or _("nobody yet"),
        badge=(badge_kind, str(words)),
        account=account,
        changed=moment_of(message.sent_at or message.changed_at, now),
    )


def _beginning(message: OutgoingMessage) -> str:
    if message.state is not MessageState.DRAFT:
        return ""
    # What somebody has written stands above what is quoted, and of both no more than fits into a line is looked at.
    return " ".join(message.source_text[:_LINE].split())


def _recipient(row: OutgoingRecipient, account: Account | None) -> RecipientView:
    badge_kind, words = RECIPIENT_STATES[row.state]
    reason = "" if row.state is RecipientState.SENT else why(row.outcome, account, Side.SMTP)
    shown = f"{row.name} <{row.address}>" if row.name else row.address
    text = None if row.state is RecipientState.SENT else row.server_text
    return RecipientView(shown, str(RECIPIENT_KINDS[row.kind]), (badge_kind, str(words)), reason, text)


def _round_trip_steps(round_trip: RoundTrip, message: OutgoingMessage | None) -> list[dict[str, str]]:
    sent = message is not None and message.state is MessageState.SENT
    running = round_trip.state is RoundTripState.RUNNING
    seen = round_trip.state is RoundTripState.SEEN
    first = "ok" if sent else ("running" if running else "failed")
    waits = "running" if sent and running else "pending"
    second = "ok" if seen else (waits if running else ("failed" if sent else "skipped"))
    if round_trip.state is RoundTripState.CANCELLED:
        first, second = ("ok" if sent else "skipped"), "skipped"
    return [
        {"state": first, "label": _("Hand the message to the outgoing server")},
        {"state": second, "label": _("See it in the inbox of the incoming server")},
    ]

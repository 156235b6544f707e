"""What a server's refusal means.

Judged in this order: what is known of our own state (the phase), the codes (RFC 5530; RFC 3463 and RFC 4954), then the
wording. ``[ALERT]`` alone is no cause: it says who should read the text, not what happened.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from app.mail.failures import Refused
from app.mail.outcomes import Outcome
from app.mail.reply_texts import MISSING_FOLDER, PERMANENT, TEMPORARY, WORDINGS

# Longer than any explanation, and short enough to be searched at once, whatever it holds.
LONGEST_JUDGED = 2000


class Phase(StrEnum):
    """Where in a session a reply came."""

    GREETING = "greeting"
    COMMAND = "command"
    LOGIN = "login"
    INBOX = "inbox"
    SENDER = "sender"
    # Only where a message is sent:
    ENVELOPE = "envelope"
    RECIPIENT = "recipient"
    CONTENT = "content"


_OF_A_MESSAGE = frozenset({Phase.ENVELOPE, Phase.RECIPIENT, Phase.CONTENT})
_CROWDED = frozenset({Outcome.TOO_MANY_CONNECTIONS, Outcome.RATE_LIMITED})
_ANY = frozenset(wording.outcome for wording in WORDINGS)
# Outside the login nobody judges a password.
_NOT_CREDENTIALS = _ANY - {Outcome.AUTH_FAILED, Outcome.AUTH_OR_DISABLED}

_RESPONSE_CODE = re.compile(r"\[([A-Z][A-Z0-9-]*)[^\]]*\]", re.IGNORECASE)
_ENHANCED = re.compile(r"(?m)^\s*([245]\.\d{1,3}\.\d{1,3})\b")

# RFC 5530, and Gmail's WEBALERT.
_IMAP_CODES = {
    "WEBALERT": Outcome.WEB_LOGIN_REQUIRED,
    "EXPIRED": Outcome.WEB_LOGIN_REQUIRED,
    "PRIVACYREQUIRED": Outcome.TLS_REQUIRED,
}
_IMAP_TEMPORARY = frozenset({"UNAVAILABLE", "SERVERBUG", "INUSE", "LIMIT"})
_IMAP_INBOX_CODES = dict.fromkeys(("NONEXISTENT", "TRYCREATE", "NOPERM"), Outcome.FOLDER_MISSING)
# These say less than the wording that comes with them.
_IMAP_LOGIN_CODES = {
    "AUTHENTICATIONFAILED": Outcome.AUTH_FAILED,
    "AUTHORIZATIONFAILED": Outcome.ACCOUNT_BLOCKED,
    "CONTACTADMIN": Outcome.ACCOUNT_BLOCKED,
}
# RFC 4954, 6: codes that mean one thing, whatever the text says.
_SMTP_CERTAIN = {
    "538": Outcome.TLS_REQUIRED,
    "5.7.11": Outcome.TLS_REQUIRED,
    "504": Outcome.AUTH_METHOD_MISSING,
}
# These say less than the wording that comes with them; 5.7.14 is Gmail's.
_SMTP_LIKELY = {
    "530": Outcome.TLS_REQUIRED,
    "525": Outcome.ACCOUNT_BLOCKED,
    "5.7.13": Outcome.ACCOUNT_BLOCKED,
    "5.7.14": Outcome.WEB_LOGIN_REQUIRED,
}
# What a server may hold against the sender's account, not against the address that was offered.
_SENDER_WORDINGS = _CROWDED | {Outcome.TLS_REQUIRED, Outcome.ACCOUNT_BLOCKED}

# RFC 3463, 3.3 and 3.4: message too big, for the system or for the mailbox.
_TOO_LARGE_CODES = frozenset({"5.2.3", "5.3.4"})
_TOO_LARGE = re.compile(r"(?:too|exceeds?|maximum|max) .{0,30}(?:large|big|size)|size .{0,30}exceed|za du[żz]\w* ")


def judge(phase: Phase, refused: Refused) -> Outcome:
    """Return what it means that the server answered ``refused`` in ``phase``."""
    said = refused.text[:LONGEST_JUDGED]
    if refused.status.isdigit():
        return _judge_smtp(phase, refused.status, said)
    return _judge_imap(phase, refused.status, said)


def _judge_imap(phase: Phase, status: str, said: str) -> Outcome:
    words = _words(said)
    codes = {code.upper() for code in _RESPONSE_CODE.findall(said)}
    if codes & _IMAP_TEMPORARY:
        return _wording(words, _CROWDED) or _temporary(phase, Outcome.RATE_LIMITED if "LIMIT" in codes else None)
    certain = _first(codes, _IMAP_CODES) or (_first(codes, _IMAP_INBOX_CODES) if phase is Phase.INBOX else None)
    if certain is not None:
        return certain
    # Before all other words: the name of the folder, which may be any, is among them.
    if phase is Phase.INBOX and status == "NO" and MISSING_FOLDER.is_in(words):
        return MISSING_FOLDER.outcome
    known = _wording(words, _ANY if phase is Phase.LOGIN else _NOT_CREDENTIALS)
    if known is not None:
        return _temporary(phase) if known is Outcome.AUTH_TEMP else known
    likely = _first(codes, _IMAP_LOGIN_CODES) if phase is Phase.LOGIN else None
    return likely or _unknown_imap(phase, status)


def _unknown_imap(phase: Phase, status: str) -> Outcome:
    if status == "BYE":
        return Outcome.SERVER_BUSY if phase is Phase.GREETING else Outcome.SERVER_CLOSED
    if phase is Phase.LOGIN:
        return Outcome.AUTH_FAILED
    return Outcome.FOLDER_MISSING if phase is Phase.INBOX and status == "NO" else Outcome.PROTOCOL_ERROR


def _first(codes: set[str], meanings: Mapping[str, Outcome]) -> Outcome | None:
    return next((outcome for code, outcome in meanings.items() if code in codes), None)


def _judge_smtp(phase: Phase, status: str, said: str) -> Outcome:
    words = _words(said)
    crowded = _wording(words, _CROWDED)
    if status.startswith("4"):
        busy = status == "421" or phase is not Phase.LOGIN
        return crowded or (Outcome.SERVER_BUSY if busy else Outcome.AUTH_TEMP)
    if not status.startswith("5"):
        return Outcome.PROTOCOL_ERROR
    if phase is Phase.LOGIN:
        return _judge_smtp_login(status, said, words)
    if phase is Phase.SENDER:
        return _wording(words, _SENDER_WORDINGS) or Outcome.REJECTED_SENDER
    if phase in _OF_A_MESSAGE:
        return _judge_smtp_message(phase, status, said, words)
    return crowded or (Outcome.PROTOCOL_DISABLED if phase is Phase.GREETING else Outcome.PROTOCOL_ERROR)


def _judge_smtp_message(phase: Phase, status: str, said: str, words: str) -> Outcome:
    codes = set(_ENHANCED.findall(said))
    if phase is Phase.RECIPIENT:
        # RFC 5321, 4.5.3.1.10: "too many recipients" is said as 552 by old servers, and means: the rest later.
        return Outcome.RATE_LIMITED if "5.5.3" in codes else Outcome.REJECTED_RECIPIENT
    if codes & _TOO_LARGE_CODES or (status == "552" and not codes) or (status == "552" and _TOO_LARGE.search(words)):
        return Outcome.TOO_LARGE
    if phase is Phase.CONTENT:
        return Outcome.REJECTED_CONTENT
    return _wording(words, _SENDER_WORDINGS) or Outcome.REJECTED_SENDER


def _judge_smtp_login(status: str, said: str, words: str) -> Outcome:
    codes = {*_ENHANCED.findall(said), status}
    certain = _first(codes, _SMTP_CERTAIN) or _wording(words, _ANY - {Outcome.AUTH_FAILED})
    return certain or _first(codes, _SMTP_LIKELY) or Outcome.AUTH_FAILED


def _temporary(phase: Phase, outcome: Outcome | None = None) -> Outcome:
    return outcome or (Outcome.AUTH_TEMP if phase is Phase.LOGIN else Outcome.SERVER_BUSY)


def _wording(words: str, wanted: frozenset[Outcome]) -> Outcome | None:
    if TEMPORARY.search(words):
        wanted -= PERMANENT
    found = (wording.outcome for wording in WORDINGS if wording.outcome in wanted and wording.is_in(words))
    return next(found, None)


def _words(said: str) -> str:
    # A text of several lines repeats its code on each, in the middle of a sentence.
    without_codes = _RESPONSE_CODE.sub(" ", _ENHANCED.sub(" ", said))
    return " ".join(without_codes.lower().split())

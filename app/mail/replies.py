"""What a server's refusal means.

Judged in this order: what is known of our own state (the phase), the codes (RFC 5530; RFC 3463 and RFC 4954), then the
wording. ``[ALERT]`` alone is no cause: it says who should read the text, not what happened.
"""

import base64
import re
from collections.abc import Container, Mapping
from enum import StrEnum

from app.mail.failures import Refused
from app.mail.outcomes import Outcome
from app.mail.reply_texts import TEXTS

LONGEST_TEXT = 300


class Phase(StrEnum):
    """Where in a session a reply came."""

    GREETING = "greeting"
    COMMAND = "command"
    LOGIN = "login"
    INBOX = "inbox"
    SENDER = "sender"


_CROWDED = frozenset({Outcome.TOO_MANY_CONNECTIONS, Outcome.RATE_LIMITED})
_ANY = frozenset(outcome for outcome, _ in TEXTS)
# Outside the login nobody judges a password.
_NOT_CREDENTIALS = _ANY - {Outcome.AUTH_FAILED, Outcome.AUTH_OR_DISABLED}

_RESPONSE_CODE = re.compile(r"\[([A-Z][A-Z0-9-]*)[^\]]*\]", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{4,}=*")
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
# RFC 4954, 6, and what Gmail means by 5.7.14.
_SMTP_CODES = {
    "530": Outcome.TLS_REQUIRED,
    "538": Outcome.TLS_REQUIRED,
    "5.7.11": Outcome.TLS_REQUIRED,
    "5.7.13": Outcome.ACCOUNT_BLOCKED,
    "5.7.14": Outcome.WEB_LOGIN_REQUIRED,
    "504": Outcome.AUTH_METHOD_MISSING,
    "525": Outcome.ACCOUNT_BLOCKED,
}


def plain_text(text: str) -> str | None:
    """Return at most 300 characters of a server's words without control characters, or None if nothing is left."""
    printable = "".join(character if character.isprintable() else " " for character in text[: 8 * LONGEST_TEXT])
    return " ".join(printable.split())[:LONGEST_TEXT].rstrip() or None


def without_secret(text: str, secret: str) -> str:
    """Return ``text`` without ``secret``, plain or in base64: some servers repeat what they were sent."""
    if not secret:
        return text
    text = text.replace(secret, "***")
    return _BASE64.sub(lambda found: "***" if _holds(found[0], secret) else found[0], text)


def judge(phase: Phase, refused: Refused) -> Outcome:
    """Return what it means that the server answered ``refused`` in ``phase``."""
    words = _words(refused.text)
    if refused.status.isdigit():
        return _judge_smtp(phase, refused, words)
    return _judge_imap(phase, refused, words)


def _judge_imap(phase: Phase, refused: Refused, words: str) -> Outcome:
    codes = {code.upper() for code in _RESPONSE_CODE.findall(refused.text)}
    if codes & _IMAP_TEMPORARY:
        return _wording(words, _CROWDED) or _temporary(phase, Outcome.RATE_LIMITED if "LIMIT" in codes else None)
    certain = _first(codes, _IMAP_CODES) or (_first(codes, _IMAP_INBOX_CODES) if phase is Phase.INBOX else None)
    if certain is not None:
        return certain
    known = _wording(words, _ANY if phase is Phase.LOGIN else _NOT_CREDENTIALS)
    if known is not None:
        return _temporary(phase) if known is Outcome.AUTH_TEMP else known
    likely = _first(codes, _IMAP_LOGIN_CODES) if phase is Phase.LOGIN else None
    return likely or _unknown_imap(phase, refused.status)


def _unknown_imap(phase: Phase, status: str) -> Outcome:
    if status == "BYE":
        return Outcome.SERVER_BUSY if phase is Phase.GREETING else Outcome.SERVER_CLOSED
    if phase is Phase.LOGIN:
        return Outcome.AUTH_FAILED
    return Outcome.FOLDER_MISSING if phase is Phase.INBOX and status == "NO" else Outcome.PROTOCOL_ERROR


def _first(codes: set[str], meanings: Mapping[str, Outcome]) -> Outcome | None:
    return next((outcome for code, outcome in meanings.items() if code in codes), None)


def _judge_smtp(phase: Phase, refused: Refused, words: str) -> Outcome:
    crowded = _wording(words, _CROWDED)
    if refused.status.startswith("4"):
        busy = refused.status == "421" or phase is not Phase.LOGIN
        return crowded or (Outcome.SERVER_BUSY if busy else Outcome.AUTH_TEMP)
    if phase is Phase.LOGIN and refused.status.startswith("5"):
        return _judge_smtp_login(refused, words)
    if not refused.status.startswith("5"):
        return Outcome.PROTOCOL_ERROR
    if phase is Phase.COMMAND:
        return crowded or Outcome.PROTOCOL_ERROR
    return crowded or (Outcome.PROTOCOL_DISABLED if phase is Phase.GREETING else Outcome.REJECTED_SENDER)


def _judge_smtp_login(refused: Refused, words: str) -> Outcome:
    known = _wording(words, _ANY - {Outcome.AUTH_FAILED})
    if known is not None:
        return known
    for code in (*_ENHANCED.findall(refused.text), refused.status):
        if code in _SMTP_CODES:
            return _SMTP_CODES[code]
    return Outcome.AUTH_FAILED


def _holds(encoded: str, secret: str) -> bool:
    try:
        return secret.encode() in base64.b64decode(encoded + "=" * (-len(encoded) % 4))
    except ValueError:
        return False


def _temporary(phase: Phase, outcome: Outcome | None = None) -> Outcome:
    return outcome or (Outcome.AUTH_TEMP if phase is Phase.LOGIN else Outcome.SERVER_BUSY)


def _wording(words: str, wanted: Container[Outcome]) -> Outcome | None:
    return next((outcome for outcome, pattern in TEXTS if outcome in wanted and pattern.search(words)), None)


def _words(text: str) -> str:
    # A text of several lines repeats its code on each, in the middle of a sentence.
    without_codes = _RESPONSE_CODE.sub(" ", _ENHANCED.sub(" ", text))
    return " ".join(without_codes.lower().split())

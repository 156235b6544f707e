"""What the states of messages and recipients are called."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from app.mail.outcomes import Outcome
from app.models import CopyState, Hindrance, MessageState, RecipientKind, RecipientState, RoundTripState

# The kind of a badge, and its words.
STATES: Mapping[MessageState, tuple[str, str]] = {
    MessageState.DRAFT: ("neutral", _l("Draft")),
    MessageState.QUEUED: ("accent", _l("Waiting")),
    MessageState.SENDING: ("accent", _l("Being sent")),
    MessageState.SENT: ("success", _l("Sent")),
    MessageState.PARTIAL: ("warning", _l("Sent to some")),
    MessageState.FAILED: ("error", _l("Not sent")),
    MessageState.UNCERTAIN: ("warning", _l("Uncertain")),
}
PUT_OFF = _l("The message waits for its next try.")
HEADLINES: Mapping[MessageState, tuple[str, str]] = {
    MessageState.QUEUED: ("info", _l("The message is on its way to the server …")),
    MessageState.SENDING: ("info", _l("The message is being sent …")),
    MessageState.SENT: ("success", _l("The message was sent.")),
    MessageState.PARTIAL: ("warning", _l("The message was sent, but not to everybody.")),
    MessageState.FAILED: ("error", _l("The message was not sent.")),
    MessageState.UNCERTAIN: ("warning", _l("Nobody knows whether the message arrived.")),
}
RECIPIENT_KINDS: Mapping[RecipientKind, str] = {
    RecipientKind.TO: _l("To"),
    RecipientKind.CC: _l("Copy (Cc)"),
    RecipientKind.BCC: _l("Hidden copy (Bcc)"),
}
RECIPIENT_STATES: Mapping[RecipientState, tuple[str, str]] = {
    RecipientState.WAITING: ("neutral", _l("Waiting")),
    RecipientState.SENDING: ("accent", _l("Being sent")),
    RecipientState.SENT: ("success", _l("Taken by the server")),
    RecipientState.REFUSED: ("error", _l("Not sent")),
    RecipientState.UNCERTAIN: ("warning", _l("Uncertain")),
}
HINDRANCES: Mapping[Hindrance, str] = {
    Hindrance.ACCOUNT_GONE: _l("The account of this message was deleted. Edit the message and choose another account."),
    Hindrance.ACCOUNT_INACTIVE: _l(
        "The account is switched off. Switch it on and try again, or edit the message and choose another account."
    ),
    Hindrance.SECRET_UNREADABLE: _l(
        "The stored password of the account cannot be opened any more. Type it again in the account, then try again."
    ),
    Hindrance.NOT_WRITTEN: _l("The message cannot be written as it is. Edit its subject and its recipients."),
}
# What is said of a server whose name went with its account.
NAMELESS_SERVER: Mapping[Outcome, str] = {
    Outcome.REJECTED_RECIPIENT: _l("The server refused this recipient."),
    Outcome.RECIPIENT_UNSUPPORTED: _l("The server cannot deliver to addresses with letters such as ż before the @."),
    Outcome.REJECTED_SENDER: _l("The server did not let this user send from this address."),
    Outcome.REJECTED_CONTENT: _l("The server refused the text or the files of the message."),
    Outcome.TOO_LARGE: _l("The message is larger than the server takes."),
    Outcome.AUTH_FAILED: _l("The server refused the user name or the password."),
    Outcome.SERVER_BUSY: _l("The server was too busy."),
    Outcome.UNCERTAIN: _l(
        "The connection was lost before the server said whether it took the message. Ask the recipient whether it "
        "arrived."
    ),
}
COPIES: Mapping[CopyState, str] = {
    CopyState.NONE: "",
    CopyState.PENDING: _l("A copy is about to be put into the folder for sent mail."),
    CopyState.DONE: _l("A copy lies in the folder “%(folder)s”."),
    CopyState.NOT_WANTED: _l("Your provider keeps a copy by itself."),
    CopyState.FAILED: _l("The message was sent, but no copy could be put into the folder for sent mail."),
}
COPY_HELD = _l("No copy is put into the folder for sent mail until something is changed about the account.")
ROUND_TRIPS: Mapping[RoundTripState, tuple[str, str]] = {
    RoundTripState.RUNNING: ("info", _l("The test message is under way …")),
    RoundTripState.SEEN: ("success", _l("The test message was sent and has arrived.")),
    RoundTripState.NOT_SENT: ("error", _l("The test message could not be sent.")),
    RoundTripState.NOT_SEEN: ("warning", _l("The test message was sent, but has not arrived within two minutes.")),
    RoundTripState.UNREADABLE: ("error", _l("The mailbox could not be looked into.")),
    RoundTripState.CANCELLED: ("info", _l("The test was cancelled.")),
}

"""Why a message, a recipient or a copy has not come further, in the person's language."""

from datetime import datetime
from math import ceil

from flask_babel import gettext as _
from flask_babel import ngettext

from app import fetching
from app.mail.outcomes import Outcome
from app.mail.sent_copy import files_itself
from app.mail.settings import Side
from app.models import Account, CopyState, Hindrance, MessageState, OutgoingMessage, RoundTrip, RoundTripState
from app.sending import CopiesHeld
from app.web.hosts import readable_host
from app.web.mail.wording import COPIES, COPY_HELD, HINDRANCES, NAMELESS_SERVER
from app.web.messages import explain

_MENDED_IN_THE_ACCOUNT = (
    Outcome.AUTH_FAILED,
    Outcome.AUTH_OR_DISABLED,
    Outcome.APP_PASSWORD_REQUIRED,
    Outcome.REJECTED_SENDER,
    Hindrance.SECRET_UNREADABLE,
    Hindrance.ACCOUNT_INACTIVE,
)


def why(outcome: str | None, account: Account | None, side: Side, *, with_advice: bool = True) -> str:
    """Return what an outcome or a hindrance means, and what to do next; nothing where nothing went wrong."""
    # Whether an account still leads to the same mailbox is asked on its own page.
    if outcome in (None, Outcome.OK, fetching.ANOTHER_MAILBOX):
        return ""
    if outcome in list(Hindrance):
        return str(HINDRANCES[Hindrance(outcome)])
    if outcome == Outcome.FOLDER_MISSING:
        return str(_("The server does not say which folder is the one for sent mail. Choose it here."))
    host = getattr(account, f"{side}_host", "") if account is not None else ""
    if not host:
        return _without_a_host(Outcome(outcome))
    message = explain(Outcome(outcome), side, host=readable_host(host), port=getattr(account, f"{side}_port", 0))
    return f"{message.what} {message.next_step}".strip() if with_advice else message.what


def advice_for(message: OutgoingMessage, account: Account | None, now: datetime) -> str:
    """Return what is said below the headline of a message."""
    if is_put_off(message, now):
        assert message.due_at is not None  # noqa: S101 -- tells the type checker what being put off means
        minutes = ceil((message.due_at - now).total_seconds() / 60)
        again = ngettext("It is tried again in a minute.", "It is tried again in %(num)d minutes.", minutes)
        return f"{why(message.outcome, account, Side.SMTP, with_advice=False)} {again}".strip()
    if message.state is MessageState.UNCERTAIN:
        return str(
            _(
                "The connection was lost after the whole message had left, before the server said yes or no. "
                "It is not sent again by itself: ask a recipient, and if it did not arrive, send it again."
            )
        )
    return why(message.outcome, account, Side.SMTP)


def is_put_off(message: OutgoingMessage, now: datetime) -> bool:
    """Say whether a message waits for its next try."""
    return message.state is MessageState.QUEUED and message.due_at is not None and message.due_at > now


def is_for_the_account(message: OutgoingMessage) -> bool:
    """Say whether only a change of its account can help a message."""
    return message.outcome in _MENDED_IN_THE_ACCOUNT


def copy_words(message: OutgoingMessage, account: Account | None, held: CopiesHeld | None) -> str:
    """Return what became of the copy. Where none is wanted that is only said if there is one anyway."""
    if held is not None:
        return str(COPY_HELD)
    if message.copy_state is CopyState.NOT_WANTED and (account is None or not files_itself(account.smtp_host)):
        return ""
    return str(COPIES[message.copy_state]) % {"folder": message.copy_folder or ""}


def round_trip_advice(round_trip: RoundTrip, message: OutgoingMessage | None, account: Account | None) -> str:
    """Return what is said below the headline of a test message."""
    if round_trip.state is RoundTripState.NOT_SEEN:
        return str(
            _("Look into the folder for spam. Some servers also hold the first message of a stranger back for minutes.")
        )
    if round_trip.state is RoundTripState.UNREADABLE:
        return why(round_trip.outcome, account, Side.IMAP)
    if round_trip.state is RoundTripState.NOT_SENT and message is not None:
        return why(message.outcome, account, Side.SMTP)
    return ""


def _without_a_host(outcome: Outcome) -> str:
    """Return what an outcome means where the account is gone, and with it the name of its server."""
    if outcome in NAMELESS_SERVER:
        return str(NAMELESS_SERVER[outcome])
    return str(_("The server could not be used. Its account was deleted meanwhile, so nothing more can be said."))

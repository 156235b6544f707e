"""Writing and sending: drafts, sending each message once, a copy in Sent, and test messages to oneself.

For other rooms: ``save_draft`` and ``queue`` write and hand over a message; ``freezing.freeze`` is the one place where
stationery goes around what was written (``OutgoingMessage.content_html``); ``letters.letter_of`` reads what it made.
"""

from app.sending import filing, holds, round_trips
from app.sending.attachments import MOST_BYTES, FilesTooLarge, TooManyFiles, attach, detach
from app.sending.claims import due_copies, idle_accounts_due
from app.sending.content import cleaned, html_of
from app.sending.filing import FilingTools
from app.sending.following import Answer, Decision, Dress, Shown, decide, taken_up
from app.sending.freezing import StationeryGone
from app.sending.header_text import LONGEST_SUBJECT, Flaw, flaw_of, message_ids, single_spaced
from app.sending.headers import HeaderNotKept
from app.sending.holds import CopiesHeld
from app.sending.letters import image_data
from app.sending.notices import able_to_send, can_be_told, notify
from app.sending.operations import (
    AccountGone,
    Addressed,
    MessageBusy,
    Typed,
    choose_sent_folder,
    discard,
    file_again,
    new_id,
    queue,
    retry,
    save_draft,
    take_back,
)
from app.sending.queries import (
    Reach,
    count_on_their_way,
    find_attachment,
    find_image,
    find_own,
    find_own_round_trip,
    is_settled,
    list_own,
    may_edit,
    may_retry,
    reach_of,
)
from app.sending.recipients import LONGEST_LINE, MOST_RECIPIENTS, Fault, Reason, Recipient, RecipientInvalid, parse
from app.sending.round_trips import MOST_TIME, WatchTools
from app.sending.running import Tools, run
from app.sending.settling import give_up_lost

__all__ = [
    "LONGEST_LINE",
    "LONGEST_SUBJECT",
    "MOST_BYTES",
    "MOST_RECIPIENTS",
    "MOST_TIME",
    "AccountGone",
    "Addressed",
    "Answer",
    "CopiesHeld",
    "Decision",
    "Dress",
    "Fault",
    "FilesTooLarge",
    "FilingTools",
    "Flaw",
    "HeaderNotKept",
    "MessageBusy",
    "Reach",
    "Reason",
    "Recipient",
    "RecipientInvalid",
    "Shown",
    "StationeryGone",
    "TooManyFiles",
    "Tools",
    "Typed",
    "WatchTools",
    "able_to_send",
    "attach",
    "can_be_told",
    "choose_sent_folder",
    "cleaned",
    "count_on_their_way",
    "decide",
    "detach",
    "discard",
    "due_copies",
    "file_again",
    "filing",
    "find_attachment",
    "find_image",
    "find_own",
    "find_own_round_trip",
    "flaw_of",
    "give_up_lost",
    "holds",
    "html_of",
    "idle_accounts_due",
    "image_data",
    "is_settled",
    "list_own",
    "may_edit",
    "may_retry",
    "message_ids",
    "new_id",
    "notify",
    "parse",
    "queue",
    "reach_of",
    "retry",
    "round_trips",
    "run",
    "save_draft",
    "single_spaced",
    "take_back",
    "taken_up",
]

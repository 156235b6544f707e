"""What is said about the fetching of mail."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from app.fetching import Health

# The kind of a badge, and its words.
HEALTHS: Mapping[Health, tuple[str, str]] = {
    Health.OK: ("success", _l("Active")),
    Health.LATE: ("warning", _l("Late")),
    Health.FAILING: ("error", _l("Fetching fails")),
    Health.ASKING: ("warning", _l("Waiting for an answer")),
    Health.PAUSED: ("warning", _l("Paused")),
    Health.OFF: ("neutral", _l("Switched off")),
}
# Folders are called what they are for, whatever language their server speaks.
SPECIAL_USES: Mapping[str, str] = {
    "all": _l("All mail"),
    "archive": _l("Archive"),
    "drafts": _l("Drafts"),
    "flagged": _l("Flagged"),
    "important": _l("Important"),
    "inbox": _l("Inbox"),
    "junk": _l("Spam"),
    "sent": _l("Sent mail"),
    "trash": _l("Trash"),
}
TRIED_AGAIN = _l("This is usually temporary, and it is tried again by itself.")
SECRET_UNREADABLE = _l("The stored password cannot be opened any more. Type it again in the account.")
FOLDER_MISSING = _l(
    "A folder that is to be fetched is not there. Choose the folders again; what else is chosen is fetched."
)

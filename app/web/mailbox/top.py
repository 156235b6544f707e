"""What stands above a list of messages: how many there are, and the folders to choose from."""

from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from app import mailbox
from app.extensions import db
from app.models import Folder
from app.web.fetching.folder_names import folder_title
from app.web.mailbox.filter import Filter


@dataclass(frozen=True, slots=True)
class FolderChoice:
    """A folder that a list may be narrowed to; without an id: all of them."""

    folder_id: int | None
    title: str
    address: str
    chosen: bool


def folder_choices(asked: Filter) -> list[FolderChoice]:
    """Return the folders of the account that is asked for: the inbox, those with a use of their own, the others."""
    assert asked.account_id is not None  # noqa: S101 -- tells the type checker what whoever calls has seen to
    found = sorted(mailbox.list_folders(db.session, asked.account_id), key=_rank)
    return [
        _choice(asked, None, str(_("All folders"))),
        *(_choice(asked, each.id, folder_title(each)) for each in found),
    ]


def counted(asked: Filter, shown: int, *, more: bool) -> dict[str, Any]:
    """Return what is said of how many messages there are; ``shown`` of them stand on this page."""
    if asked.search:
        return {"count": "" if asked.below is not None else _fitting(shown, more=more), "unread_url": None}
    unread = mailbox.count_unread(db.session, account_id=asked.account_id, folder_id=asked.folder_id)
    leads = unread > 0 and not asked.unread
    return {"count": unread_words(unread), "unread_url": replace(asked, unread=True).address() if leads else None}


def unread_words(count: int) -> str:
    """Say how many messages are unread, as far as they were counted."""
    if count >= mailbox.MOST_COUNTED:
        return str(_("More than %(num)d unread messages", num=mailbox.MOST_COUNTED - 1))
    return str(ngettext("One unread message", "%(num)d unread messages", count) if count else _("No unread messages"))


def _fitting(shown: int, *, more: bool) -> str:
    if more:
        return str(_("More than %(num)d messages fit; these are the latest.", num=shown))
    return str(ngettext("One message fits.", "%(num)d messages fit.", shown)) if shown else ""


def _choice(asked: Filter, folder_id: int | None, title: str) -> FolderChoice:
    narrowed = replace(asked, folder_id=folder_id)
    return FolderChoice(folder_id, title, narrowed.address(), folder_id == asked.folder_id)


def _rank(folder: Folder) -> tuple[bool, bool, str]:
    return folder.name != "INBOX", folder.special_use is None, folder_title(folder).casefold()

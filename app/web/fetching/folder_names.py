"""What folders are called on the pages."""

from app.models import Folder
from app.web.fetching.wording import SPECIAL_USES


def folder_title(folder: Folder) -> str:
    """Return what a folder is for, in the person's language, else its own name."""
    use = "inbox" if folder.name == "INBOX" else folder.special_use or ""
    return str(SPECIAL_USES.get(use, folder.title))

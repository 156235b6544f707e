"""Why mail could not be fetched, in the person's language."""

from flask_babel import gettext as _
from flask_babel import ngettext

from app import fetching
from app.extensions import db
from app.mail.outcomes import Outcome
from app.mail.settings import Side
from app.models import Account
from app.web.fetching.folder_names import folder_title
from app.web.fetching.wording import FOLDER_MISSING, SECRET_UNREADABLE, TRIED_AGAIN
from app.web.hosts import readable_host
from app.web.messages import Message, explain

# Of many folders that are missing, so many are named.
_FOLDERS_NAMED = 5


def why(account: Account, outcome: str | None, *, tried_again: bool = False) -> str:
    """Say why mail could not be fetched, and what to do about it; ``tried_again``: that it is tried again anyway."""
    return f"{what(account, outcome)} {_next_step(account, outcome, tried_again=tried_again)}".strip()


def what(account: Account, outcome: str | None) -> str:
    """Say why mail could not be fetched; nothing where nothing is wrong."""
    # What has led to another mailbox may lead to the same one as before again; then there is nothing to be said.
    if outcome in (None, Outcome.OK, fetching.ANOTHER_MAILBOX):
        return ""
    if outcome == Outcome.FOLDER_MISSING:
        return _missing_folders(account)
    message = _explained(account, outcome)
    return str(SECRET_UNREADABLE) if message is None else message.what


def _missing_folders(account: Account) -> str:
    found = fetching.list_folders(db.session, account.id)
    missing = [folder for folder in found if folder.chosen and folder.outcome == Outcome.FOLDER_MISSING]
    if not missing:
        # Chosen anew since then.
        return str(FOLDER_MISSING)
    names = ", ".join(str(_("“%(text)s”", text=folder_title(folder))) for folder in missing[:_FOLDERS_NAMED])
    if len(missing) > _FOLDERS_NAMED:
        names += " …"
    return str(
        ngettext(
            "The folder %(names)s that is to be fetched is not there. "
            "Choose the folders again; what else is chosen is fetched.",
            "The folders %(names)s that are to be fetched are not there. "
            "Choose the folders again; what else is chosen is fetched.",
            len(missing),
            names=names,
        )
    )


def _next_step(account: Account, outcome: str | None, *, tried_again: bool) -> str:
    message = _explained(account, outcome)
    if message is None or outcome in (Outcome.OK, Outcome.FOLDER_MISSING):
        return ""
    # Nobody has to do what happens by itself.
    return str(TRIED_AGAIN) if tried_again and message.passes else message.next_step


def _explained(account: Account, outcome: str | None) -> Message | None:
    if outcome not in list(Outcome):
        return None
    host = readable_host(account.imap_host) or _("The server")
    return explain(Outcome(outcome), Side.IMAP, host=host, port=account.imap_port)

"""The copy of a sent message in the account's own mailbox: where it belongs, whether it is there, putting it there."""

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from imapclient.datetime_util import datetime_to_INTERNALDATE

from app.mail.connection import Connection
from app.mail.deadline import Deadline
from app.mail.dial import NetworkRules
from app.mail.failures import Cancelled, Refused, StepFailed
from app.mail.imap import ImapSession
from app.mail.imap_client import NONSENSE
from app.mail.opening import opened, shown
from app.mail.outcomes import Outcome
from app.mail.replies import Phase, judge
from app.mail.settings import ServerSettings, Side

COPY_SECONDS = 120.0
_MOST_FOLDERS = 200
_LONGEST_NAME = 500
# Providers whose outgoing server files what it sends by itself.
_FILES_ITSELF = re.compile(r"smtp\.(?:gmail|googlemail)\.com\Z")
# What mail programs of many languages call the folder for sent mail, where the server does not mark it (RFC 6154).
_KNOWN_NAMES = (
    "sent",
    "sent items",
    "sent messages",
    "sent mail",
    "sent-mail",
    "wysłane",
    "elementy wysłane",
    "wysłane elementy",
    "poczta wysłana",
    "gesendet",
    "gesendete elemente",
    "gesendete objekte",
    "envoyés",
    "éléments envoyés",
    "messages envoyés",
    "enviados",
    "elementos enviados",
    "itens enviados",
    "posta inviata",
    "inviata",
    "inviati",
    "verzonden",
    "verzonden items",
    "odeslané",
    "odeslaná pošta",
    "odoslané",
    "skickat",
    "sendt",
    "lähetetyt",
    "elküldött",
    "elküldött elemek",
    "trimise",
    "отправленные",
    "надіслані",
    "gönderilmiş öğeler",
)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder: its name and the last part of that. ``marked``: the server says that it is the one for sent mail."""

    name: str
    title: str
    marked: bool = False
    top: bool = True


def files_itself(smtp_host: str) -> bool:
    """Return whether this outgoing server puts what it sends into the mailbox by itself."""
    return bool(_FILES_ITSELF.match(smtp_host.lower()))


def sent_folder(folders: Iterable[Folder], chosen: str | None) -> str | None:
    """Return the folder for sent mail: the one a person chose, else a marked one, else one of a known name."""
    folders = list(folders)
    names = {folder.name for folder in folders}
    if chosen is not None and chosen in names:
        return chosen
    if marked := [folder.name for folder in folders if folder.marked]:
        return marked[0]
    known = {folder.title.casefold(): folder.name for folder in reversed(folders) if folder.top}
    return next((known[name] for name in _KNOWN_NAMES if name in known), None)


class Mailbox:
    """A session with the incoming server, for what sending needs of it. Every method raises StepFailed."""

    def __init__(self, session: ImapSession, connection: Connection, settings: ServerSettings) -> None:
        self._session = session
        self._connection = connection
        self._settings = settings

    def folders(self) -> list[Folder]:
        """Return the folders that messages can be put into."""
        with self._command(Phase.COMMAND):
            listed = self._session.client.list_folders()
        found = [_folder(*each) for each in listed if b"\\noselect" not in {_lower(flag) for flag in each[0]}]
        return [it for it in found if it.name.isprintable() and 0 < len(it.name) <= _LONGEST_NAME][:_MOST_FOLDERS]

    def holds(self, folder: str, message_id: str, *, since: date) -> bool:
        """Return whether a message with this id, not older than ``since``, is in ``folder``."""
        with self._command(Phase.INBOX):
            self._session.client.select_folder(folder, readonly=True)
        with self._command(Phase.COMMAND):
            # The day makes the server look at few messages; a header in all of them may take it minutes.
            criteria = ["SINCE", since, "HEADER", "MESSAGE-ID", message_id]
            return bool(self._session.client.search(criteria))

    def append(self, folder: str, content: Iterable[bytes], size: int, moment: Any) -> None:
        """Put a message of ``size`` bytes into ``folder``, read already."""
        client = self._session.client
        name = client._normalise_folder(folder).decode("ascii")
        arguments = (name, "(\\Seen)", f'"{datetime_to_INTERNALDATE(moment)}"', f"{{{size}}}")
        with self._command(Phase.COMMAND):
            client.lines.run("APPEND", *arguments, literals=(content,))

    def quit(self) -> None:
        """Say goodbye. What comes of that changes nothing."""
        with contextlib.suppress(StepFailed, Cancelled):
            self._session.farewell()

    @contextlib.contextmanager
    def _command(self, phase: Phase) -> Iterator[None]:
        self._connection.next_operation()
        try:
            yield
        except Refused as refused:
            missing = "TRYCREATE" in refused.text.upper() or "NONEXISTENT" in refused.text.upper()
            outcome = Outcome.FOLDER_MISSING if missing else judge(phase, refused)
            raise StepFailed(outcome, shown(refused.text, self._settings)) from refused
        except NONSENSE as error:
            raise StepFailed(Outcome.PROTOCOL_ERROR) from error


@contextlib.contextmanager
def mailbox(settings: ServerSettings, *, fast_mode: bool, rules: NetworkRules, deadline: Deadline) -> Iterator[Mailbox]:
    """Yield a session with the incoming server. Raises StepFailed."""
    with opened(Side.IMAP, settings, fast_mode=fast_mode, rules=rules, deadline=deadline) as (session, connection):
        yield Mailbox(cast(ImapSession, session), connection, settings)


def _folder(flags: Iterable[bytes], delimiter: bytes | None, name: str | int | bytes) -> Folder:
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
    parts = text.split(delimiter.decode("ascii", "replace")) if delimiter else [text]
    top = len(parts) == 1 or (len(parts) == 2 and parts[0].upper() == "INBOX")
    return Folder(text, parts[-1], marked=b"\\sent" in {_lower(flag) for flag in flags}, top=top)


def _lower(flag: object) -> bytes:
    return flag.lower() if isinstance(flag, bytes) else b""

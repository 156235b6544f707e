"""What there is to do in a folder, and how far it has been read: decisions without effects."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.mail.fetched_lines import FolderStatus


class Step(StrEnum):
    """What to do with a folder."""

    NOTHING = "nothing"
    LOOK = "look"
    # Its UIDs mean other messages than before: read it again from the beginning, and match by content.
    RENUMBER = "renumber"


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored about a folder. ``unfinished``: something of it waits for another try."""

    uidvalidity: int | None = None
    cursor: int = 0
    uidnext: int | None = None
    exists: int | None = None
    modseq: int | None = None
    unfinished: bool = False


def decide(known: Known, server: FolderStatus) -> Step:
    """Return what to do with a folder about which the server says this."""
    uidvalidity = server.uidvalidity if server.uidvalidity is not None else known.uidvalidity
    if known.uidvalidity is not None and uidvalidity != known.uidvalidity:
        return Step.RENUMBER
    # RFC 3501, 2.3.1.1: it only ever grows, unless the folder begins anew.
    if known.uidvalidity is not None and server.uidnext is not None and server.uidnext <= known.cursor:
        return Step.RENUMBER
    seen = (known.uidvalidity, known.uidnext, known.exists)
    said = (server.uidvalidity, server.uidnext, server.exists)
    # What a server does not say cannot be the same.
    if known.unfinished or None in said or seen != said or server.modseq != known.modseq:
        return Step.LOOK
    return Step.NOTHING


def settings_changed(before: tuple[str, str], after: tuple[str, str]) -> bool:
    """Return whether an account's new incoming host and user name may be another mailbox: a person has to say.

    The same mailbox keeps what was fetched and is matched by content; another one begins anew.
    """
    return tuple(part.casefold().strip() for part in before) != tuple(part.casefold().strip() for part in after)


class Cursor:
    """How far a folder has been read: up to the last message below which all are settled."""

    def __init__(self, at: int, uids: Sequence[int], settled: Iterable[int] = ()) -> None:
        self._uids = uids
        self._settled = set(settled)
        self._next = 0
        self.at = at
        self._advance()

    def settle(self, *uids: int) -> None:
        """Note that messages are stored, gone or in quarantine."""
        self._settled.update(uids)
        self._advance()

    def is_settled(self, uid: int) -> bool:
        """Return whether nothing is left to do for a message."""
        return uid <= self.at or uid in self._settled

    @property
    def complete(self) -> bool:
        """Whether all messages are settled."""
        return self._next == len(self._uids)

    def _advance(self) -> None:
        while self._next < len(self._uids) and self._uids[self._next] in self._settled:
            self._settled.discard(self._uids[self._next])
            self.at = max(self.at, self._uids[self._next])
            self._next += 1

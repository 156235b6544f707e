"""What others have done to messages that are known already: RFC 7162 where the server offers it, else by asking."""

import re
from array import array
from collections.abc import Callable, Collection

from app.mail.connection import LONGEST_REPLY
from app.mail.dialogue import MOST_UNASKED, Dialogue
from app.mail.failures import Refused
from app.mail.fetched_lines import item_of
from app.mail.refusals import bear, judged
from app.mail.replies import Phase
from app.mail.settings import ServerSettings
from app.mail.uid_ranges import Among, note_vanished

# What vanished comes in one line; the other half of the reply is for what comes along with it.
LONGEST_VANISHED = LONGEST_REPLY // 2
# Of so many messages at a time it is told whether they are read: a server may say it of four billion.
MOST_TOLD = 5000

_ENABLED = re.compile(rb"\* ENABLED(?: [^ \r]+)* QRESYNC(?= |\r)", re.IGNORECASE)

# Hears which messages are called read, or unread.
Note = Callable[[dict[int, bool]], None]


def fits(upto: int, present: int) -> bool:
    """Return whether all that may have vanished below ``upto``, where ``present`` messages are left, fits into a line.

    Ranges end where a message is left, and behind every second number at the latest. A server that has forgotten what
    it has told already names all of them (RFC 7162, 3.2.5.1).
    """
    ranges = min(present, upto // 2) + 1
    return ranges * len(b"%d:%d," % (upto, upto)) < LONGEST_VANISHED - 100


class ChangeReader:
    """Asks about messages in the open folder. Methods raise StepFailed."""

    def __init__(self, dialogue: Dialogue, capabilities: Collection[str], settings: ServerSettings) -> None:
        self._dialogue = dialogue
        self._capabilities = capabilities
        self._settings = settings
        self._asked = False
        # Whether the server says what has vanished.
        self.tells_vanished = False

    @property
    def knows_changes(self) -> bool:
        """Whether the server numbers its changes."""
        return "CONDSTORE" in self._capabilities or "QRESYNC" in self._capabilities

    def enable(self) -> None:
        """Have the server say what vanishes, where it can. Asked once, while no folder is open (RFC 5161, 3.1)."""
        if self._asked or not {"ENABLE", "QRESYNC"}.issubset(self._capabilities):
            return
        self._asked = True
        try:
            for answer in self._dialogue.ask(b"ENABLE QRESYNC"):
                self.tells_vanished = self.tells_vanished or _ENABLED.match(answer.line) is not None
        except Refused as refused:
            bear(refused, self._settings)
        if self.tells_vanished:
            # It may come unasked, too, from now on.
            self._dialogue.longest_vanished = LONGEST_VANISHED

    def since(
        self, modseq: int, upto: int, known: "array[int] | None", note: Note, *, most: int
    ) -> "array[int] | None":
        """Tell ``note`` what has changed since ``modseq`` about messages up to ``upto``, ``most`` of which there are.

        Return which of the ``known`` ones have vanished; None: nobody tells. ``known`` is None where that is all one.
        """
        command = b"UID FETCH 1:%d (UID FLAGS) (CHANGEDSINCE %d" % (upto, modseq)
        if self.tells_vanished and known is not None:
            try:
                return self._since(command + b" VANISHED)", known, note, most)
            except Refused as refused:
                # It says that it can, and cannot.
                bear(refused, self._settings)
                self.tells_vanished = False
        with judged(Phase.COMMAND, self._settings):
            self._since(command + b")", array("L"), note, most)
        return None

    def _since(self, command: bytes, known: "array[int]", note: Note, most: int) -> "array[int] | None":
        among, whole = Among(known), True
        answered: set[int] = set()
        seen: dict[int, bool] = {}
        for answer in self._dialogue.ask(command, most=most + MOST_UNASKED):
            item = item_of(answer)
            if item is None:
                whole = note_vanished(answer.line, among) and whole
                continue
            if among.knows(item.uid):
                answered.add(item.uid)
            if item.seen is not None:
                seen[item.uid] = item.seen
            if len(seen) >= MOST_TOLD:
                note(seen)
                seen = {}
        if seen:
            note(seen)
        # Whoever has something to say about a message has it.
        gone = array("L", (uid for uid in among.named if uid not in answered))
        return gone if whole else None

    def present(self, low: int, high: int, *, most: int) -> "array[int] | None":
        """Return which UIDs from ``low`` to ``high`` the folder has, rising; None where the server does not say so.

        ``most`` is how many there may be.
        """
        found: set[int] = set()
        try:
            for answer in self._dialogue.ask(b"UID FETCH %d:%d (UID)" % (low, high), most=most + MOST_UNASKED):
                item = item_of(answer)
                if item is not None and low <= item.uid <= high:
                    found.add(item.uid)
        except Refused as refused:
            bear(refused, self._settings)
            return None
        return array("L", sorted(found))

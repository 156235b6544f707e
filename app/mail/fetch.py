"""A session with the incoming server, for what fetching needs of it."""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from app.mail.awaited import Awaited
from app.mail.changes import ChangeReader
from app.mail.connection import Connection
from app.mail.content import MEBI
from app.mail.deadline import Deadline
from app.mail.dialogue import IDLE_SECONDS, MOST_UNASKED, Dialogue
from app.mail.failures import Cancelled, Refused, StepFailed
from app.mail.fetch_requests import Ended, Listing, Request, listing_of, uid_set
from app.mail.fetched_lines import (
    FolderName,
    FolderStatus,
    Item,
    folder_of,
    item_of,
    keeps_seen,
    note_opened,
    opened_status,
    quoted,
    status_of,
    uid_in,
)
from app.mail.imap import ImapSession
from app.mail.outcomes import Outcome
from app.mail.refusals import bear, judged, refusal
from app.mail.replies import Phase, judge
from app.mail.settings import ServerSettings
from app.mail.windows import bounded, first_listed

MOST_FOLDERS = 2000
# Requests that are on their way at the same time: the line is never idle while one of them is answered.
IN_FLIGHT = 3
# A server counts the size of a message before it sends it, and some count wrong.
SIZE_SLACK = MEBI
# Nobody's name is longer.
MOST_OF_FROM = 16 * 1024
_STATUS_ITEMS = b"MESSAGES UIDNEXT UIDVALIDITY"


class FetchSession:
    """Asks about folders and messages. Every method raises StepFailed."""

    def __init__(self, session: ImapSession, connection: Connection, settings: ServerSettings) -> None:
        self._session = session
        self._settings = settings
        self._connection = connection
        self._dialogue = Dialogue(connection)
        self._capabilities = frozenset(session.capabilities)
        self.changes = ChangeReader(self._dialogue, self._capabilities, settings)
        # The message whose content is being read: whom to blame when the connection breaks.
        self.reading: int | None = None
        self._missing: dict[int, Request] = {}
        # Whether the open folder, if there is one, may be written to.
        self._open: bool | None = None
        self._keeps_seen = True

    def go_on(self, deadline: Deadline) -> bool:
        """Live by another deadline from now on; False if the server has hung up meanwhile."""
        self._connection.live_by(deadline)
        try:
            return not self._connection.has_ended()
        except StepFailed:
            return False

    def rest(self) -> bool:
        """Wait for the next fetch, with no deadline watching; False if the session is of no more use.

        No folder stays open: what a server says about an open one may be as old as its opening (RFC 3501, 6.3.10).
        """
        if self._open is not None:
            # CLOSE would delete what others have marked, unless the folder is read-only.
            command = b"UNSELECT" if self._can("UNSELECT") else b"CLOSE"
            if command == b"CLOSE" and self._open:
                return False
            self._run(command)
            self._open = None
        self._connection.rest()
        return self._dialogue.pending == 0

    def folders(self) -> list[FolderName]:
        """Return the folders that hold messages."""
        special = self._can("SPECIAL-USE") and not self._can("XLIST")
        command = b'LIST "" "*" RETURN (SPECIAL-USE)' if special and self._can("LIST-EXTENDED") else b'LIST "" "*"'
        found: dict[str, FolderName] = {}
        with judged(Phase.COMMAND, self._settings):
            for answer in self._dialogue.ask(command, most=4 * MOST_FOLDERS):
                folder = folder_of(answer)
                if folder is not None and len(found) < MOST_FOLDERS:
                    found.setdefault(folder.name, folder)
        return list(found.values())

    def statuses(self, names: Sequence[str]) -> list[FolderStatus | Outcome]:
        """Return what the server says about each folder, all asked at once."""
        return self.read_statuses(self.ask_statuses(names), names)

    def ask_statuses(self, names: Sequence[str]) -> list[bytes]:
        """Ask about folders, and return the tags that ``read_statuses`` needs."""
        items = _STATUS_ITEMS + (b" HIGHESTMODSEQ" if self.changes.knows_changes else b"")
        return self._dialogue.send(*(b"STATUS %s (%s)" % (quoted(name), items) for name in names))

    def has_come(self, ends: Awaited) -> bool:
        """Take in what has come, without waiting; return whether that is everything up to these."""
        return self._connection.take_in(ends)

    def fileno(self) -> int:
        """Return what a selector needs to wait for many sessions at once."""
        return self._connection.fileno()

    def read_statuses(
        self, tags: Sequence[bytes], names: Sequence[str], *, patience: float = IDLE_SECONDS
    ) -> list[FolderStatus | Outcome]:
        """Return what the server says about the folders that were asked about; ``patience`` is for each line."""
        self._dialogue.patience = patience
        said: dict[str, FolderStatus] = {}
        ends: dict[bytes, FolderStatus | Outcome] = {}
        for _tag in tags:
            end = self._status(said)
            ends[self._dialogue.ended] = end
        self._dialogue.patience = IDLE_SECONDS
        # By the name, if the server spells it as it is; else what came with the end of the command.
        return [
            ends[tag] if isinstance(ends[tag], Outcome) else said.get(name, ends[tag])
            for tag, name in zip(tags, names, strict=True)
        ]

    def open(self, name: str, *, writable: bool = False) -> FolderStatus:
        """Open a folder, read-only unless told."""
        condstore = b" (CONDSTORE)" if self._can("CONDSTORE") else b""
        known: dict[bytes, int] = {}
        # One that cannot be opened closes the one before all the same (RFC 3501, 6.3.1).
        self._open = None
        with judged(Phase.INBOX, self._settings):
            for answer in self._dialogue.ask((b"SELECT " if writable else b"EXAMINE ") + quoted(name) + condstore):
                note_opened(answer.line, known)
        self._open, self._keeps_seen = writable, keeps_seen(known)
        return opened_status(known)

    @property
    def offers_compression(self) -> bool:
        """Whether the line is not compressed yet, and could be."""
        return self._can("COMPRESS=DEFLATE") and not self._connection.is_compressed

    def round_trip(self) -> float:
        """Return how many seconds an answer takes that costs the server nothing."""
        began = time.monotonic()
        self._run(b"NOOP")
        return time.monotonic() - began

    def compress(self) -> None:
        """Compress the line from now on (RFC 4978), unless the server will not."""
        try:
            for _answer in self._dialogue.ask(b"COMPRESS DEFLATE"):
                pass
        except Refused as refused:
            bear(refused, self._settings)
        else:
            self._connection.compress()

    def listing(self, after: int, *, exists: int | None, uidnext: int | None = None) -> Listing:
        """Return the first messages above ``after`` in the open folder, which holds ``exists`` as far as is known."""
        return first_listed(self._listed, after, exists=exists, uidnext=uidnext)

    def receive(self, requests: Iterable[Request], *, most: int, wanted: Callable[[], bool]) -> Iterator[Item | Ended]:
        """Yield the messages of ``requests``, several of which are on their way at a time, and the end of each.

        A literal above ``most`` bytes is refused. When nothing more is ``wanted`` it ends between two messages; the
        session is of no use after that.
        """
        waiting: dict[bytes, Request] = {}
        missing = self._missing = {}
        source = iter(requests)
        while True:
            while len(waiting) < IN_FLIGHT and (request := next(source, None)) is not None:
                section = b"BODY.PEEK[HEADER]" if request.headers_only else b"BODY.PEEK[]"
                command = b"UID FETCH %s (UID FLAGS INTERNALDATE %s)" % (uid_set(request.uids), section)
                waiting[self._dialogue.send(command)[0]] = request
                missing.update(dict.fromkeys(request.uids, request))
            if not waiting:
                return
            outcome, text = Outcome.OK, None
            try:
                for item in self._items(missing, most):
                    yield item
                    if not wanted():
                        return
            except Refused as refused:
                outcome, text = refusal(refused, self._settings)
            ended = waiting.pop(self._dialogue.ended)
            for uid in ended.uids:
                missing.pop(uid, None)
            yield Ended(ended, outcome, text)

    def still_there(self, uids: Sequence[int]) -> Listing:
        """Return those of the messages that are still there."""
        found: dict[int, int] = {}
        with judged(Phase.COMMAND, self._settings):
            for answer in self._dialogue.ask(b"UID FETCH %s (UID RFC822.SIZE)" % uid_set(uids)):
                item = item_of(answer)
                if item is not None and item.uid in uids:
                    found.setdefault(item.uid, -1 if item.size is None else item.size)
        return listing_of(found)

    def from_lines(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Return the headers of messages that say who they are from, as far as the server gives them."""
        found: dict[int, bytes] = {}
        command = b"UID FETCH %s (UID BODY.PEEK[HEADER.FIELDS (FROM)]<0.%d>)" % (uid_set(uids), MOST_OF_FROM)
        try:
            for answer in self._dialogue.ask(command, most=len(uids) + MOST_UNASKED):
                item = item_of(answer)
                if item is not None and item.content is not None and item.uid in uids:
                    found.setdefault(item.uid, item.content.part(0, item.content.size))
        except Refused as refused:
            # One of them may be broken; raises if the server has hung up, or wants to be left alone.
            bear(refused, self._settings)
        return found

    def mark_seen(self, uids: Sequence[int]) -> bool:
        """Mark messages as read; the folder is open for writing. Return whether the server has done so.

        Where a mark does not stay some servers say that all is well, and do nothing: there they are not asked.
        """
        if not self._keeps_seen:
            return False
        try:
            for _answer in self._dialogue.ask(b"UID STORE %s +FLAGS.SILENT (\\Seen)" % uid_set(uids)):
                pass
        except Refused as refused:
            refusal(refused, self._settings)
            return False
        return True

    @property
    def awaited(self) -> int | None:
        """The first message of those that are on their way, as far as the server gives them in their order."""
        return next(iter(self._missing), None)

    def quit(self) -> None:
        """Say goodbye. What comes of that changes nothing."""
        with contextlib.suppress(StepFailed, Cancelled):
            self._session.farewell()

    @property
    def is_usable(self) -> bool:
        """Whether every command has been answered to its end, so that more can be asked."""
        return self._dialogue.pending == 0

    def _listed(self, after: int, last: int | None, most: int) -> dict[int, int]:
        """Return sizes by UID, of the lowest UIDs if there are very many.

        A server answers ``n:*`` with the last message even if that lies below n (RFC 3501, 6.4.8).
        """
        found: dict[int, int] = {}
        command = b"UID FETCH %d:%s (UID RFC822.SIZE)" % (after + 1, b"%d" % last if last else b"*")
        with judged(Phase.COMMAND, self._settings):
            for answer in self._dialogue.ask(command, most=most + MOST_UNASKED):
                item = item_of(answer)
                if item is not None and item.uid > after:
                    found.setdefault(item.uid, -1 if item.size is None else item.size)
                found = bounded(found)
        return found

    def _items(self, missing: dict[int, Request], most: int) -> Iterator[Item]:
        def blame(line: bytes) -> None:
            # A literal that breaks off is the fault of its message, if the server has said whose it is.
            uid = uid_in(line)
            self.reading = uid if uid in missing else None

        for answer in self._dialogue.answers(most + SIZE_SLACK, blame):
            item = item_of(answer)
            if item is not None and not answer.line.endswith(b")\r\n"):
                raise StepFailed(Outcome.PROTOCOL_ERROR, detail="literal shorter than the message")
            self.reading = None
            # The same UID twice in one answer is one message.
            request = missing.pop(item.uid, None) if item is not None and item.content is not None else None
            if item is None or request is None:
                for literal in answer.literals:
                    literal.close()
                continue
            item.headers_only = request.headers_only
            yield item

    def _status(self, said: dict[str, FolderStatus]) -> FolderStatus | Outcome:
        found = FolderStatus()
        try:
            for answer in self._dialogue.answers():
                told = status_of(answer)
                if told is not None:
                    name, found = told
                    said[name] = found
        except Refused as refused:
            refusal(refused, self._settings)
            return judge(Phase.INBOX, refused)
        return found

    def _run(self, command: bytes) -> None:
        with judged(Phase.COMMAND, self._settings):
            for _answer in self._dialogue.ask(command):
                pass

    def _can(self, capability: str) -> bool:
        return capability in self._capabilities

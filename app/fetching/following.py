"""What others have done to the messages of a folder that are stored: read elsewhere, deleted, moved away."""

from array import array
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from app.fetching import folders, places
from app.fetching.claims import Claim
from app.fetching.departures import Departures, arrived_later, present_up_to
from app.fetching.places import MOST_WRITTEN, Counted
from app.fetching.tools import Tools, Wanted
from app.fetching.work import FolderWork
from app.mail.changes import ChangeReader, fits
from app.mail.fetch_requests import Listing
from app.mail.fetched_lines import FolderStatus
from app.mail.uid_ranges import Among
from app.mail.windows import MOST_LISTED, windows


@dataclass(slots=True)
class Follower:
    """Follows what has become of the messages up to ``upto`` in the open folder. Raises StepFailed, Superseded.

    A message passes for gone only where what the server says of its own accord, or when it is asked for all messages,
    fits how many it says that there are. Else nothing changes, and it is asked once more at the next fetch.
    """

    changes: ChangeReader
    claim: Claim
    work: FolderWork
    tools: Tools
    uidvalidity: int
    upto: int
    wanted: Wanted

    def follow(self, said: FolderStatus, listing: Listing, placed: Collection[int] = ()) -> FolderStatus:
        """Take over what has changed; return what is to be remembered of what the server ``said``.

        ``placed`` were stored by a run that did not come to its end, beyond what it had read: they may have gone since.
        """
        self.upto = max(placed, default=self.upto)
        listing = listing.above(self.upto)
        remembered = replace(said, exists=arrived_later(self.upto, said, listing))
        if not self.upto:
            return remembered
        known, present = self.work.known, present_up_to(self.upto, said, listing)
        counted = self.tools.transact(lambda each: places.count_up_to(each, *self._where, self.upto))
        vanished = self._take_changes(said, present, counted)
        if present is None:
            return remembered
        departures = Departures(counted.present, counted.gone, known.exists, present)
        if vanished and departures.may_be(len(vanished)):
            self._write(places.record_gone, vanished)
        if not departures.are_explained_by(vanished) and not self._compare(present) and known.exists is not None:
            # Whoever remembers nothing of it looks once more.
            return replace(remembered, exists=None, modseq=known.modseq)
        return remembered

    @property
    def _where(self) -> tuple[int, int]:
        return self.work.id, self.uidvalidity

    def _take_changes(self, said: FolderStatus, present: int | None, counted: Counted) -> "array[int] | None":
        """Take over what was marked as read elsewhere; return what has vanished, if the server tells the two."""
        before = self.work.known.modseq
        if not (before and said.modseq and said.modseq != before and self.changes.knows_changes):
            return None
        matters = None
        # Who has begun to count anew cannot tell what has vanished since.
        counts_on = said.modseq > before
        if counts_on and self.changes.tells_vanished and present is not None and fits(self.upto, present):
            matters = self._uids(gone=False)

        def note(seen: dict[int, bool]) -> None:
            self._do(folders.record_seen, seen)
            if counted.gone:
                self._write(places.record_back, [*seen])

        return self.changes.since(before, self.upto, matters, note, most=said.exists or 0)

    def _compare(self, present: int) -> bool:
        """Ask for all messages; note which have gone, and which are back. False: that does not fit, or was not all."""
        spans = windows(self.upto, present)
        found, gone, back = 0, array("L"), array("L")
        for low, high in spans:
            there = self.changes.present(low, high, most=min(present, MOST_LISTED))
            if there is None or not self.wanted():
                return False
            found += len(there)
            for are_gone, into in ((False, gone), (True, back)):
                known = Among(self._uids(gone=are_gone, above=low - 1, upto=high))
                for uid in there:
                    known.add(uid, uid)
                into.extend(known.named if are_gone else known.others)
        self._write(places.record_back, back)
        if not spans or found != present:
            return False
        self._write(places.record_gone, gone)
        return True

    def _uids(self, *, gone: bool, above: int = 0, upto: int | None = None) -> "array[int]":
        end = self.upto if upto is None else upto
        return self.tools.transact(lambda each: places.uids_up_to(each, *self._where, end, gone=gone, above=above))

    def _write(self, write: Callable[..., Any], uids: "array[int] | list[int]") -> None:
        for first in range(0, len(uids), MOST_WRITTEN):
            self._write_some(write, uids[first : first + MOST_WRITTEN])

    def _write_some(self, write: Callable[..., Any], uids: "array[int] | list[int]") -> None:
        now = self.tools.clock()
        self.tools.transact(lambda each: write(each, self.claim, *self._where, uids, now=now))

    def _do(self, write: Callable[..., Any], *values: Any) -> None:
        now = self.tools.clock()
        self.tools.transact(lambda each: write(each, self.claim, self.work.id, *values, now=now))

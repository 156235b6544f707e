"""Whether messages have gone from a folder, by how many there are: decisions without effects."""

from bisect import bisect_left
from collections.abc import Sized
from dataclasses import dataclass

from app.mail.fetch_requests import Listing
from app.mail.fetched_lines import FolderStatus


@dataclass(frozen=True, slots=True)
class Departures:
    """How many messages there are up to a UID.

    ``stored`` and passing for there, ``gone`` as far as is known; ``before``: in the folder the last time, if that is
    known; ``present``: in the folder now, those among them that nobody wanted, or that could not be had.
    """

    stored: int
    gone: int
    before: int | None
    present: int

    @property
    def count(self) -> int:
        """How many have gone, at most; below zero where there are more than before."""
        return max(self.stored, self.before or 0) - self.present

    def may_be(self, vanished: int) -> bool:
        """Return whether so many stored ones may have gone."""
        return vanished <= self.count

    def are_explained_by(self, vanished: Sized | None) -> bool:
        """Return whether everything is as it has to be, after what the server says has vanished; None: it says nothing.

        UIDs only ever rise (RFC 3501, 2.3.1.1): where there are more below one than before, what passed for gone is
        back, if anything did.
        """
        told = 0 if vanished is None else len(vanished)
        if self.gone and self.before is not None and self.present > self.before:
            return False
        if told and not self.may_be(told):
            return False
        return self.stored - told <= self.present and (vanished is not None or self.count <= 0)


def present_up_to(upto: int, said: FolderStatus, listing: Listing) -> int | None:
    """Return how many messages a folder had up to a UID when it was opened, and ``listing`` told what lies above.

    None: nobody can tell, or the numbers may mean other messages.
    """
    if said.exists is None or said.uidvalidity is None or listing.cut:
        return None
    present = said.exists - _counted(upto, said, listing)
    return present if present >= 0 else None


def arrived_later(upto: int, said: FolderStatus, listing: Listing) -> int | None:
    """Return how many messages the folder has together with those that came after it was opened."""
    if said.exists is None or listing.cut:
        return said.exists
    return said.exists + len(listing.uids) - _counted(upto, said, listing)


def _counted(upto: int, said: FolderStatus, listing: Listing) -> int:
    """Return how many messages of the listing were among those that exist when the folder was opened."""
    if said.uidnext is None or said.uidnext <= upto:
        return len(listing.uids)
    return bisect_left(listing.uids, said.uidnext)

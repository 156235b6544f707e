"""What is asked of a mailbox, and what a listing of it holds."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from app.mail.outcomes import Outcome


@dataclass(slots=True)
class Listing:
    """UIDs and sizes of messages, in rising order; -1 where the server told no size. Two numbers for each, no more."""

    uids: "array[int]" = field(default_factory=lambda: array("L"))
    sizes: "array[int]" = field(default_factory=lambda: array("q"))
    # Whether there is more than may be listed at once.
    cut: bool = False

    def size(self, uid: int) -> int:
        """Return the size that was told of a message; -1 if none was."""
        at = bisect_left(self.uids, uid)
        return self.sizes[at] if at < len(self.uids) and self.uids[at] == uid else -1

    def above(self, uid: int) -> Self:
        """Return what of it lies above a UID."""
        first = bisect_right(self.uids, uid)
        return replace(self, uids=self.uids[first:], sizes=self.sizes[first:]) if first else self


@dataclass(frozen=True, slots=True)
class Request:
    """Messages to be had in one go; of large ones only the headers."""

    uids: Sequence[int]
    headers_only: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """A request was answered to its end; ``outcome`` is OK, or why the server did not give all of it."""

    request: Request
    outcome: Outcome = Outcome.OK
    text: str | None = None


def lowest(found: Mapping[int, int], most: int) -> dict[int, int]:
    """Return the ``most`` lowest UIDs of a listing, with their sizes."""
    return {uid: found[uid] for uid in sorted(found)[:most]}


def listing_of(found: Mapping[int, int], *, cut: bool = False) -> Listing:
    """Return the sizes by UID as a listing."""
    uids = array("L", sorted(found))
    return Listing(uids, array("q", (found[uid] for uid in uids)), cut)


def uid_set(uids: Sequence[int]) -> bytes:
    """Return rising UIDs as IMAP writes them, neighbours as a range."""
    ranges: list[list[int]] = []
    for uid in uids:
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return b",".join(b"%d" % low if low == high else b"%d:%d" % (low, high) for low, high in ranges)

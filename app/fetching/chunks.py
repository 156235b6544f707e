"""How messages are asked for and stored: in chunks that are large enough for speed and small enough for memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.mail.content import MEBI
from app.mail.fetch_requests import Listing, Request

MOST_MESSAGES = 200
MOST_BYTES = 8 * MEBI
# For those of whom little is expected, and who are many.
SMALL_CHUNK = MEBI
# A message above it is had by its headers only.
SIZE_LIMIT = 40 * MEBI
# What a message counts for whose size the server does not tell, and headers.
_UNKNOWN_SIZE = MOST_BYTES // MOST_MESSAGES
_HEADERS_SIZE = 16 * 1024
# The first messages of a slow server are seen after so many seconds, however few they are.
LONGEST_WAIT = 3.0


@dataclass(slots=True)
class Load:
    """How heavy, in bytes, a batch is so far, and since when, in seconds, its first message waits to be stored."""

    weight: int = 0
    since: float | None = None

    def add(self, weight: int, *, now: float) -> None:
        """Hear of one more message."""
        self.weight += weight
        if self.since is None:
            self.since = now

    def is_due(self, most_bytes: int, *, now: float) -> bool:
        """Return whether the batch is to be stored, although more of the same request is to come."""
        return self.weight > most_bytes or (self.since is not None and now - self.since >= LONGEST_WAIT)

    def clear(self) -> None:
        """Begin another batch."""
        self.weight, self.since = 0, None


def requests(
    listing: Listing,
    wanted: Callable[[int], bool],
    *,
    limit: int = SIZE_LIMIT,
    most: int = MOST_MESSAGES,
    most_bytes: int = MOST_BYTES,
) -> Iterator[Request]:
    """Yield what to ask for, in the order of the UIDs."""
    uids: list[int] = []
    weight = 0
    headers_only = False
    for uid, size in zip(listing.uids, listing.sizes, strict=True):
        if not wanted(uid):
            continue
        large = size > limit
        weighs = _HEADERS_SIZE if large else (size if size >= 0 else _UNKNOWN_SIZE)
        if uids and (large is not headers_only or len(uids) >= most or weight + weighs > most_bytes):
            yield Request(tuple(uids), headers_only)
            uids, weight = [], 0
        headers_only = large
        uids.append(uid)
        weight += weighs
    if uids:
        yield Request(tuple(uids), headers_only)

"""How messages are asked for: in chunks that are large enough for speed and small enough for memory."""

from collections.abc import Callable, Iterator

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

"""Which messages a folder holds, however many they are and however far apart their numbers."""

from collections.abc import Callable, Sequence

from app.mail.fetch_requests import Listing, listing_of, lowest
from app.mail.fetched_lines import HIGHEST_UID

# More messages than this are found in several runs.
MOST_LISTED = 100_000
# Who has numbered a folder further than that is not asked about all of it.
_MOST_WINDOWS = 1000

# Returns sizes by UID above the first number, up to the second if there is one; the third bounds how many may come.
Ask = Callable[[int, int | None, int], dict[int, int]]


def first_listed(ask: Ask, after: int, *, exists: int | None, uidnext: int | None) -> Listing:
    """Return the first messages above ``after`` in a folder that holds ``exists`` as far as is known.

    A large folder is asked about window by window: no window holds more messages than it has numbers. After an empty
    one comes a wider one, or a folder with few messages under high numbers would never be read.
    """
    if exists is not None and exists <= MOST_LISTED:
        return listing_of(ask(after, None, exists))
    end, width = (uidnext or HIGHEST_UID + 1) - 1, MOST_LISTED
    while after + width < end:
        found = ask(after, after + width, width)
        if found:
            return listing_of(lowest(found, MOST_LISTED), cut=True)
        after, width = after + width, 2 * width
    found = ask(after, None, HIGHEST_UID)
    return listing_of(lowest(found, MOST_LISTED), cut=len(found) > MOST_LISTED)


def bounded(found: dict[int, int]) -> dict[int, int]:
    """Return what is to be kept of a listing that goes on: one more than is listed, to know that there is more."""
    return lowest(found, MOST_LISTED + 1) if len(found) > 2 * MOST_LISTED else found


def windows(upto: int, present: int) -> Sequence[tuple[int, int]]:
    """Return the ranges in which to ask for what a folder has up to a UID, where ``present`` messages are left.

    Nothing: that would take too long.
    """
    if present <= MOST_LISTED:
        return [(1, upto)]
    lows = range(1, upto + 1, MOST_LISTED)
    return [(low, min(low + MOST_LISTED - 1, upto)) for low in lows] if len(lows) <= _MOST_WINDOWS else []

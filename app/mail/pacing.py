"""Many messages over a line that may be slow: its beginning tells whether it is worth compressing."""

import time
from collections.abc import Callable, Iterator
from itertools import islice

from app.mail.compression import is_far, pays
from app.mail.content import MEBI
from app.mail.fetch import FetchSession
from app.mail.fetch_requests import Ended, Listing, Request
from app.mail.fetched_lines import Item

# For less it is not worth finding out.
LONG_BYTES = 16 * MEBI


def receive(
    session: FetchSession, requests: Iterator[Request], listing: Listing, *, most: int, wanted: Callable[[], bool]
) -> Iterator[Item | Ended]:
    """Yield what ``FetchSession.receive`` yields, over a compressed line as soon as it shows that this pays.

    The first request is answered by itself then, and timed. Raises StepFailed.
    """
    long = sum(each for each in listing.sizes if each > 0) >= LONG_BYTES
    if long and session.offers_compression and is_far(round_trip := session.round_trip()):
        began, size = time.monotonic(), 0
        for got in session.receive(islice(requests, 1), most=most, wanted=wanted):
            size += got.content.size if isinstance(got, Item) and got.content is not None else 0
            yield got
        if not session.is_usable:
            return
        if pays(size, time.monotonic() - began, round_trip):
            session.compress()
    yield from session.receive(requests, most=most, wanted=wanted)

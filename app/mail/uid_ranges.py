"""Sets of UIDs as servers name them (RFC 3501, 9: sequence-set), never spelt out: a short one may mean four billion."""

import re
from array import array
from bisect import bisect_left, bisect_right
from itertools import accumulate, compress

from app.mail.fetched_lines import HIGHEST_UID

# RFC 7162, 3.2.10; without EARLIER it tells what goes just now, and that is told again when it is asked for.
_VANISHED = re.compile(rb"\* VANISHED \(EARLIER\) +", re.IGNORECASE)
_RANGE = re.compile(rb"([0-9]{1,10})(?::([0-9]{1,10}))?(,| *\r\n\Z)")


class Among:
    """Which of some rising UIDs lie in ranges that are named one by one, however many and however wide these are."""

    def __init__(self, uids: "array[int]") -> None:
        self._uids = uids
        # One more where a range begins, one less behind its end: a range costs the same whatever lies in it.
        self._edges = array("q", bytes(8 * (len(uids) + 1)))

    def knows(self, uid: int) -> bool:
        """Return whether it is one of the UIDs."""
        at = bisect_left(self._uids, uid)
        return at < len(self._uids) and self._uids[at] == uid

    def add(self, low: int, high: int) -> None:
        """Name a range; its two ends may come in either order."""
        low, high = min(low, high), max(low, high)
        self._edges[bisect_left(self._uids, low)] += 1
        self._edges[bisect_right(self._uids, high)] -= 1

    @property
    def named(self) -> "array[int]":
        """Those that were named, in rising order."""
        return array("L", compress(self._uids, accumulate(self._edges)))

    @property
    def others(self) -> "array[int]":
        """Those that were not named, in rising order."""
        return array("L", compress(self._uids, (not depth for depth in accumulate(self._edges))))


def note_vanished(line: bytes, among: Among) -> bool:
    """Name what an answer says has vanished; an answer about something else says nothing.

    False: the answer cannot be understood to its end, and nothing of it may be believed.
    """
    found = _VANISHED.match(line)
    if found is None:
        return True
    at = found.end()
    while (one := _RANGE.match(line, at)) is not None:
        low, high = int(one[1]), int(one[2] or one[1])
        if not (0 < low <= HIGHEST_UID and 0 < high <= HIGHEST_UID):
            return False
        among.add(low, high)
        at = one.end()
        if one[3] != b",":
            return True
    return False

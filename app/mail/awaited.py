"""Lines that somebody waits for, looked for in what has come so far: each byte once, however little comes at a time."""

from collections.abc import Iterable


class Awaited:
    """Lines, by their first words; ``have_come`` is asked again and again while nothing is read."""

    def __init__(self, words: Iterable[bytes] = ()) -> None:
        self._missing = set(words)
        # Where in the buffer the first line begins that is not whole yet, and from where on its end may come.
        self._begin = self._searched = 0

    def have_come(self, buffer: bytearray) -> bool:
        """Return whether all of them are in ``buffer``, which has only grown since the last question."""
        while self._missing and (end := buffer.find(b"\n", self._searched)) >= 0:
            after = buffer.find(b" ", self._begin, end)
            if after >= 0:
                self._missing.discard(bytes(buffer[self._begin : after]))
            self._begin = self._searched = end + 1
        self._searched = len(buffer)
        return not self._missing

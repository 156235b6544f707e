"""A line that is compressed both ways (RFC 4978), and when that pays."""

import zlib

from app.mail.failures import StepFailed
from app.mail.outcomes import Outcome

# Raw deflate: no header, no checksum; a window of 32 KiB.
_RAW = -15
# So much is made of what has come at a time: a few bytes may stand for a thousand times as many.
MOST_AT_ONCE = 64 * 1024
# Nearer servers are on a line that is quicker than they can compress.
FAR_SECONDS = 0.02
# Bytes per second: what a server compresses comes at eight times that, and a third of it is saved.
SLOW_RATE = 4e6
# What takes less tells more about whoever else is busy than about the line.
LEAST_BYTES = 512 * 1024


def is_far(round_trip: float) -> bool:
    """Return whether a line on which an answer takes ``round_trip`` seconds may be slow enough to be compressed."""
    return round_trip >= FAR_SECONDS


def pays(size: int, seconds: float, round_trip: float) -> bool:
    """Return whether a line is worth compressing that brought ``size`` bytes in answer to one question."""
    return is_far(round_trip) and LEAST_BYTES <= size < SLOW_RATE * (seconds - round_trip)


class Compression:
    """What stands between a line and whoever uses it."""

    def __init__(self, received: bytes) -> None:
        """Begin, after ``received`` has come, compressed already."""
        self._packer = zlib.compressobj(wbits=_RAW)
        self._unpacker = zlib.decompressobj(_RAW)
        self._received = received
        # What zlib has not given out yet it does not tell.
        self._was_full = False

    @property
    def waiting(self) -> bool:
        """Whether there may be more to be had of what has come."""
        return bool(self._received) or self._was_full

    def pack(self, data: bytes) -> bytes:
        """Return what to send so that all of ``data`` arrives."""
        return self._packer.compress(data) + self._packer.flush(zlib.Z_SYNC_FLUSH)

    def take(self, received: bytes) -> None:
        """Take what has come; only when nothing is ``waiting``."""
        self._received = received

    def unpack(self) -> bytes:
        """Return the beginning of what has come, ``MOST_AT_ONCE`` bytes at most; empty: none is left.

        Raises StepFailed(protocol_error) if it makes no sense, or says that it has ended.
        """
        if not self.waiting:
            return b""
        try:
            data = self._unpacker.decompress(self._received, MOST_AT_ONCE)
        except zlib.error as error:
            raise StepFailed(Outcome.PROTOCOL_ERROR, detail="broken compression") from error
        if self._unpacker.eof and not data:
            raise StepFailed(Outcome.PROTOCOL_ERROR, detail="end of compression")
        self._received = self._unpacker.unconsumed_tail
        self._was_full = len(data) == MOST_AT_ONCE
        return data

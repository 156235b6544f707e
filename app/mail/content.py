"""The content of a message on its way from the server to where it is stored: in memory only as far as it is small."""

import hashlib
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Self

MEBI = 1024 * 1024
# What is longer waits in a file without a name.
MOST_IN_MEMORY = 8 * MEBI


class Content:
    """Bytes that are written once, block by block, and then looked at. ``close`` lets go of them."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._whole: bytes | None = None
        self._file: IO[bytes] | None = None
        self._hash = hashlib.sha256()
        self.size = 0

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return content that is there already."""
        content = cls()
        content.write(data)
        return content

    def write(self, block: bytes) -> None:
        """Add ``block`` at the end."""
        self.size += len(block)
        if self._file is None and self.size > MOST_IN_MEMORY:
            self._file = TemporaryFile()  # noqa: SIM115 -- it lives as long as the content
            for earlier in self._blocks:
                self._put(self._file, earlier)
            self._blocks.clear()
        if self._file is None:
            self._blocks.append(block)
        else:
            self._put(self._file, block)

    @property
    def digest(self) -> str:
        """The SHA-256 of everything, in hex."""
        # In memory not while it is read: whoever stores it has more time than whoever receives.
        return (hashlib.sha256(self._in_memory()) if self._file is None else self._hash).hexdigest()

    @property
    def weight(self) -> int:
        """How many bytes of memory it takes."""
        return self.size if self._file is None else 0

    def part(self, start: int, stop: int) -> bytes:
        """Return the bytes from ``start`` up to ``stop``."""
        if self._file is None:
            return self._in_memory()[start:stop]
        self._file.seek(start)
        return self._file.read(max(0, stop - start))

    def find(self, what: bytes, start: int, stop: int) -> int:
        """Return where ``what`` stands first between ``start`` and ``stop``; -1 if it does not."""
        if self._file is None:
            return self._in_memory().find(what, start, stop)
        while start < stop:
            block = self.part(start, min(stop, start + MEBI + len(what) - 1))
            found = block.find(what)
            if found >= 0:
                return start + found
            start += MEBI
        return -1

    def chunks(self, size: int = MEBI) -> Iterator[bytes]:
        """Yield everything in pieces of ``size`` bytes; one empty piece if there is nothing."""
        for start in range(0, max(1, self.size), size):
            yield self.part(start, start + size)

    def close(self) -> None:
        """Let go of the bytes."""
        self._blocks.clear()
        self._whole = b""
        if self._file is not None:
            self._file.close()

    def _put(self, file: IO[bytes], block: bytes) -> None:
        self._hash.update(block)
        file.write(block)

    def _in_memory(self) -> bytes:
        if self._whole is None:
            self._whole = self._blocks[0] if len(self._blocks) == 1 else b"".join(self._blocks)
            self._blocks.clear()
        return self._whole

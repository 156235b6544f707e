"""What was posted to an app that is mounted in another one, which may have read of it already."""

from io import RawIOBase
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from flask import request

# Bytes; what is larger is kept on disk, as werkzeug does with files.
_MOST_IN_MEMORY = 500 * 1000


def note_what_is_read(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Have everything that is read of the current request from now on kept for ``posted``."""
    request.environ["wsgi.input"] = _Kept(request.environ["wsgi.input"])


def posted() -> IO[bytes]:
    """Return the stream of what was posted, from its beginning, whatever was read of it since ``note_what_is_read``."""
    kept: _Kept = request.environ["wsgi.input"]
    return kept.from_the_beginning()


def forget_what_was_read(_error: BaseException | None) -> None:
    """Let go of what was kept of the current request."""
    stream = request.environ["wsgi.input"]
    if isinstance(stream, _Kept):
        stream.close()


class _Kept(RawIOBase):
    """A stream that keeps what is read of it. Closing it leaves the stream below open, which is the server's."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._read: IO[bytes] = SpooledTemporaryFile(_MOST_IN_MEMORY)  # noqa: SIM115  (closed with this)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._read.read(len(buffer))
        if not data:
            data = self._stream.read(len(buffer))
            self._read.write(data)
        buffer[: len(data)] = data
        return len(data)

    def from_the_beginning(self) -> IO[bytes]:
        if not self._read.tell():
            return self._stream  # the usual case, in which nothing is copied
        self._read.seek(0)
        return self  # type: ignore[return-value]  # a RawIOBase is no IO to the type checker

    def close(self) -> None:
        self._read.close()
        super().close()

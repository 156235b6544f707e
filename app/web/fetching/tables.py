"""A file that somebody picked as a table of addresses, in the encodings that spreadsheets write."""

from contextlib import suppress

MOST_BYTES = 4 * 1024 * 1024
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_WHITE = frozenset("\t\r\n\f\v")


class NoTable(Exception):
    """The file is something else: an image, a workbook, or far too large."""


def text_of_table(data: bytes) -> str:
    """Return the text of a file. Raises NoTable."""
    if len(data) > MOST_BYTES:
        raise NoTable
    # Spreadsheets in Polish write what they call CSV in the character set of Windows.
    for encoding in ("utf-16",) if data.startswith(_UTF_16) else ("utf-8-sig", "cp1250"):
        with suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            if all(character >= " " or character in _WHITE for character in text):
                return text
            raise NoTable
    raise NoTable

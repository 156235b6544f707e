"""The people in a header that lists addresses (RFC 5322, 3.4).

In one pass over the bytes, whatever they are: the standard library's parser goes down one call for each colon and each
parenthesis. An address is taken as it stands. Encoded words have no place in it (RFC 2047, 5 (3)), and to decode them
would let a stranger write an address in which another one hides.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# Encoded words, quoted words, what stands in angle brackets, marks, and words; what is not closed ends with the header.
_TOKEN = re.compile(
    rb'=\?[^?\s]++\?[bBqQ]\?[^?\s]*+\?=|"(?:[^"\\]|\\.)*+"?+|<[^<>]*+>?+|[(),;:]|[^\s",;:()<>]++|[^\s]', re.DOTALL
)
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_BESIDE_ADDRESSES = re.compile(rb'[\s\x00-\x20\x7f"<>,;:()\\]|=\?')
_LONGEST_ADDRESS = 320


@dataclass(slots=True)
class _Mailbox:
    """One of the people, as far as they have been read."""

    words: list[bytes] = field(default_factory=list)
    comments: list[bytes] = field(default_factory=list)
    angle: bytes | None = None

    def person(self) -> tuple[bytes, bytes] | None:
        """Return the name and the address, if there is one."""
        if self.angle is not None:
            address, words = _address(self.angle), self.words
        else:
            address, words = _address(self.words[0]) if len(self.words) == 1 else b"", []
        comment = b" ".join(self.comments)
        if words and comment:
            comment = b"(%s)" % comment
        return (b" ".join((*words, comment)), address) if address else None


def first_person(value: bytes) -> tuple[bytes, bytes]:
    """Return the name, still encoded, and the address of the first one who has one; else all of it as a name."""
    return next(everybody(value), None) or _last_resort(value)


def everybody(value: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the names, still encoded, and the addresses of all who have one."""
    mailbox, depth = _Mailbox(), 0
    for found in _TOKEN.finditer(value):
        token = found[0]
        if token in (b"(", b")"):
            depth = max(0, depth + (1 if token == b"(" else -1))
        elif depth:
            mailbox.comments.append(token)
        elif token in (b",", b";", b":"):
            # What stands before a colon names a group, and is nobody.
            if token != b":" and (person := mailbox.person()) is not None:
                yield person
            mailbox = _Mailbox()
        elif token.startswith(b"<"):
            mailbox.angle = token[1:].removesuffix(b">")
        elif mailbox.angle is None:
            mailbox.words.append(_unquoted(token))
    if (person := mailbox.person()) is not None:
        yield person


def _last_resort(value: bytes) -> tuple[bytes, bytes]:
    """Return who stands before and in the last angle brackets: a quotation mark may not have been closed."""
    before, _, behind = value.rpartition(b"<")
    inner, closed, _ = behind.partition(b">")
    address = _address(inner) if closed else b""
    return (before.replace(b'"', b"").strip(), address) if address else (value, b"")


def _address(text: bytes) -> bytes:
    """Return ``text`` if it is an address, without a route of former days before it (RFC 5322, 4.4); else nothing."""
    text = text.strip()
    if text.startswith(b"@"):
        text = text.rpartition(b":")[2]
    local, _, domain = text.partition(b"@")
    plain = local and domain and b"@" not in domain and len(text) <= _LONGEST_ADDRESS
    return text if plain and not _BESIDE_ADDRESSES.search(text) else b""


def _unquoted(token: bytes) -> bytes:
    if not token.startswith(b'"'):
        return token
    return _QUOTED_PAIR.sub(rb"\1", token[1:].removesuffix(b'"'))

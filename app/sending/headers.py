"""The header of a message, written by hand and read back.

The standard library folds long headers that hold other letters than ASCII wrongly: it drops spaces from a Polish
subject, and reads more spaces into a name than there are. So lines are folded here, and what was written is compared
with what was meant before anything of it leaves.
"""

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import format_datetime, getaddresses

from app.sending.recipients import Recipient

# RFC 5322, 2.1.1: lines should not be longer; and encoded words (RFC 2047) only as long as fits behind "Subject: ".
_LINE, _WORD = 78, 66
_ENCODED_BYTES = (_WORD - len("=?utf-8?b??=")) // 4 * 3
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~ -]*\Z")


class HeaderNotKept(Exception):
    """A header would not say what was meant. The message is the header's name."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the header of a message says. Message ids stand in angle brackets.

    What is ``automatic`` was written by no person, and no program answers it (RFC 3834, 5).
    """

    sender: Recipient
    to: Sequence[Recipient]
    cc: Sequence[Recipient]
    subject: str
    date: datetime
    message_id: str
    in_reply_to: str = ""
    references: Sequence[str] = ()
    automatic: bool = False


def written(head: Head) -> bytes:
    """Return the lines of ``head``, each with its end. Raises HeaderNotKept."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in _fields(head)).encode()
    _compare(BytesHeaderParser(policy=compat32).parsebytes(lines), head)
    return lines


def encoded_words(text: str) -> str:
    """Return ``text`` as encoded words (RFC 2047), one a line; no character is split."""
    words, word = [], b""
    for character in text:
        encoded = character.encode()
        if len(word) + len(encoded) > _ENCODED_BYTES:
            words.append(word)
            word = b""
        word += encoded
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(each).decode('ascii')}?=" for each in [*words, word])


def _fields(head: Head) -> Iterator[tuple[str, str]]:
    yield "Date", format_datetime(head.date)
    yield "From", _addresses([head.sender])
    if head.to:
        yield "To", _addresses(head.to)
    if head.cc:
        yield "Cc", _addresses(head.cc)
    yield "Subject", _folded("Subject", head.subject) if head.subject.isascii() else encoded_words(head.subject)
    yield "Message-ID", head.message_id
    if head.in_reply_to:
        yield "In-Reply-To", head.in_reply_to
    if head.references:
        yield "References", "\r\n ".join(head.references)
    if head.automatic:
        yield "Auto-Submitted", "auto-generated"


def _addresses(recipients: Sequence[Recipient]) -> str:
    return ",\r\n ".join(_address(recipient) for recipient in recipients)


def _address(recipient: Recipient) -> str:
    name = recipient.name
    if not name:
        return recipient.address
    if not name.isascii() or len(name) > _LINE:
        name = encoded_words(name)
    elif not _ATOMS.match(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    separator = "\r\n " if len(name) + len(recipient.address) > _LINE else " "
    return f"{name}{separator}<{recipient.address}>"


def _folded(name: str, text: str) -> str:
    lines, line = [], f"{name}:"
    for word in text.split(" "):
        if len(line) + 1 + len(word) > _LINE and line.strip() not in ("", f"{name}:"):
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line]).removeprefix(f"{name}: ")


def _compare(read: Message, head: Head) -> None:
    said = {name: _unfolded(str(raw)) for name, raw in read.raw_items()}
    if read.defects or [name for name, _value in _fields(head)] != read.keys():
        raise HeaderNotKept("header")
    if _decoded(said["Subject"]) != head.subject:
        raise HeaderNotKept("Subject")
    for name, recipients in (("From", [head.sender]), ("To", head.to), ("Cc", head.cc)):
        found = [(_decoded(words), address) for words, address in getaddresses([said.get(name, "")])]
        if recipients and found != [(recipient.name, recipient.address) for recipient in recipients]:
            raise HeaderNotKept(name)
    ids = (said["Message-ID"], said.get("In-Reply-To", ""), said.get("References", "").split())
    if ids != (head.message_id, head.in_reply_to, list(head.references)):
        raise HeaderNotKept("Message-ID")


def _decoded(raw: str) -> str:
    return str(make_header(decode_header(raw)))


def _unfolded(raw: str) -> str:
    # An address beyond ASCII was read as bytes that are no ASCII.
    return raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\r\n", "").replace("\n", "")

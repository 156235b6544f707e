"""Answers of IMAP about folders and messages, read with no more trust than they deserve."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from imapclient import imap_utf7

from app.mail.content import Content
from app.mail.dialogue import MARK, Answer

LONGEST_NAME = 500
HIGHEST_UID = 2**32 - 1
HIGHEST_MODSEQ = 2**63 - 1

_LIST = re.compile(rb'\* LIST \(([^)]*)\) (?:NIL|"((?:[^"\\]|\\.)*)") (.+)\r\n\Z', re.IGNORECASE | re.DOTALL)
_STATUS = re.compile(rb"\* STATUS (.+) \(([^()]*)\) ?\r\n\Z", re.IGNORECASE | re.DOTALL)
_ITEM = re.compile(rb"(?<![A-Z])([A-Z]+) ([0-9]{1,19})(?= |\Z)", re.IGNORECASE)
_EXISTS = re.compile(rb"\* ([0-9]{1,10}) EXISTS", re.IGNORECASE)
_CODE = re.compile(rb"\* OK \[(UIDVALIDITY|UIDNEXT|HIGHESTMODSEQ) ([0-9]{1,19})\]", re.IGNORECASE)
_PERMANENT = re.compile(rb"\* OK \[PERMANENTFLAGS \(([^()]*)\)\]", re.IGNORECASE)
_CLOSED = re.compile(rb"\* OK \[CLOSED\]", re.IGNORECASE)
_FETCH = re.compile(rb"\* [0-9]{1,10} FETCH \(", re.IGNORECASE)
_UID = re.compile(rb"[( ]UID ([0-9]{1,10})(?=[ )])", re.IGNORECASE)
_SIZE = re.compile(rb"[( ]RFC822\.SIZE ([0-9]{1,19})(?=[ )])", re.IGNORECASE)
# Neither goes on over another beginning: a line of nothing else would be searched to its end from each of them.
_FLAGS = re.compile(rb"[( ]FLAGS \(([^()]*)\)", re.IGNORECASE)
_BODY = re.compile(rb'BODY\[(?:HEADER[^\]\[]*)?\](?:<[0-9]+>)? (\0|NIL|"(?:[^"\\]|\\.)*")', re.IGNORECASE)
_DATE = re.compile(
    rb'INTERNALDATE "([ 0-9][0-9])-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-([0-9]{4}) '
    rb'([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})"',
    re.IGNORECASE,
)
_MONTHS = (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec")
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"\Z', re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
# RFC 6154, and the names that Gmail had before it.
_SPECIAL_USES = {"all", "archive", "drafts", "flagged", "important", "junk", "sent", "trash"}


@dataclass(frozen=True, slots=True)
class FolderName:
    """A folder as the server spells it, as people read it, and what the server says that it is for."""

    name: str
    title: str
    special_use: str | None = None


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """What a server says about a folder; None where it says nothing, or nonsense."""

    uidvalidity: int | None = None
    uidnext: int | None = None
    exists: int | None = None
    modseq: int | None = None


@dataclass(slots=True)
class Item:
    """What a server says about one message, as far as it was asked."""

    uid: int
    size: int | None = None
    seen: bool | None = None
    received_at: datetime | None = None
    content: Content | None = None
    headers_only: bool = False


def folder_of(answer: Answer) -> FolderName | None:
    """Return the folder of a LIST answer; None if it is no such answer, or the folder holds no messages."""
    found = _LIST.match(answer.line)
    if found is None:
        return None
    flags = {flag.lower().removeprefix(b"\\").decode("ascii", "replace") for flag in found[1].split()}
    wire = _string(found[3], answer)
    try:
        name = wire.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if flags & {"noselect", "nonexistent"} or not name.isprintable() or not 0 < len(name) <= LONGEST_NAME:
        return None
    if name.upper() == "INBOX":
        name = "INBOX"
    use = next(iter(sorted(flags & _SPECIAL_USES)), None)
    return FolderName(name, _with_levels(title_of(name), (found[2] or b"").decode("ascii", "replace")[-1:]), use)


def _with_levels(title: str, delimiter: str) -> str:
    """Return the name of a folder in a folder for people, whatever its server puts between the two."""
    levels = title.split(delimiter) if delimiter else [title]
    said = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} ".join(levels)
    return said if all(levels) and len(said) <= LONGEST_NAME else title


def title_of(name: str) -> str:
    """Return a folder's name for people: RFC 3501, 5.1.3, undone where that gives something readable."""
    if not name.isascii():
        return name
    try:
        title = str(imap_utf7.decode(name.encode("ascii")))
        title.encode("utf-8")
    except (ValueError, LookupError):
        return name
    return title if title.isprintable() and 0 < len(title) <= LONGEST_NAME else name


def quoted(name: str) -> bytes:
    """Return a folder's name as it stands in a command."""
    return b'"' + name.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"'


def status_of(answer: Answer) -> tuple[str, FolderStatus] | None:
    """Return the folder and the numbers of a STATUS answer."""
    found = _STATUS.match(answer.line)
    if found is None:
        return None
    numbers = {item[1].upper(): int(item[2]) for item in _ITEM.finditer(found[2])}
    status = FolderStatus(
        uidvalidity=_uid(numbers.get(b"UIDVALIDITY")),
        uidnext=_uid(numbers.get(b"UIDNEXT")),
        exists=_uid(numbers.get(b"MESSAGES"), least=0),
        modseq=_modseq(numbers.get(b"HIGHESTMODSEQ")),
    )
    return _string(found[1], answer).decode("utf-8", "replace"), status


def note_opened(line: bytes, known: dict[bytes, int]) -> None:
    """Put into ``known`` what one answer to SELECT says about the folder.

    What comes before ``* OK [CLOSED]`` is about the folder that was open until then (RFC 7162, 3.2.11).
    """
    if _CLOSED.match(line):
        known.clear()
    elif code := _CODE.match(line):
        known[code[1].upper()] = int(code[2])
    elif exists := _EXISTS.match(line):
        known[b"EXISTS"] = int(exists[1])
    elif flags := _PERMANENT.match(line):
        known[b"SEEN"] = int(b"\\SEEN" in flags[1].upper().split())


def opened_status(known: dict[bytes, int]) -> FolderStatus:
    """Return what SELECT said, all of it together."""
    return FolderStatus(
        uidvalidity=_uid(known.get(b"UIDVALIDITY")),
        uidnext=_uid(known.get(b"UIDNEXT")),
        exists=_uid(known.get(b"EXISTS"), least=0),
        modseq=_modseq(known.get(b"HIGHESTMODSEQ")),
    )


def keeps_seen(known: dict[bytes, int]) -> bool:
    """Return whether a mark as read stays, by what SELECT said: all do where nothing is said (RFC 3501, 7.1)."""
    return bool(known.get(b"SEEN", 1))


def uid_in(line: bytes) -> int | None:
    """Return the UID in a FETCH answer, or in the beginning of one, if it is there."""
    found = _UID.search(line) if _FETCH.match(line) else None
    return _uid(int(found[1])) if found is not None else None


def item_of(answer: Answer) -> Item | None:
    """Return what a FETCH answer says about a message; None if it is none, or does not say about which one."""
    line = answer.line
    if not _FETCH.match(line):
        return None
    content = None
    body = _BODY.search(line)
    if body is not None:
        content = _content(body[1], line[: body.start()].count(MARK), answer)
        line = line[: body.start()] + line[body.end() :]
    uid = _UID.search(line)
    number = _uid(int(uid[1])) if uid is not None else None
    if number is None:
        return None
    size, flags = _SIZE.search(line), _FLAGS.search(line)
    return Item(
        uid=number,
        size=int(size[1]) if size is not None else None,
        seen=b"\\seen" in flags[1].lower().split() if flags is not None else None,
        received_at=_moment(line),
        content=content,
    )


def _content(value: bytes, index: int, answer: Answer) -> Content | None:
    if value == MARK:
        return answer.literals[index] if index < len(answer.literals) else None
    if value.upper() == b"NIL":
        return None
    return Content.of(_ESCAPED.sub(rb"\1", value[1:-1]))


def _moment(line: bytes) -> datetime | None:
    found = _DATE.search(line)
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = found.groups()
    offset = timedelta(hours=int(zone_hours), minutes=int(zone_minutes))
    try:
        zone = timezone(-offset if sign == b"-" else offset)
        date = (int(year), _MONTHS.index(month.lower()) + 1, int(day))
        moment = datetime(*date, int(hour), int(minute), min(int(second), 59), tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _string(value: bytes, answer: Answer) -> bytes:
    value = value.strip()
    if value == MARK and answer.literals:
        literal = answer.literals[-1]
        return literal.part(0, literal.size)
    found = _QUOTED.match(value)
    return _ESCAPED.sub(rb"\1", found[1]) if found is not None else value


def _uid(number: int | None, least: int = 1) -> int | None:
    return number if number is not None and least <= number <= HIGHEST_UID else None


def _modseq(number: int | None) -> int | None:
    return number if number is not None and 0 < number <= HIGHEST_MODSEQ else None

"""What a message says about itself, as far as lists and searches need it. No mail, however broken, makes it fail.

Written for speed, since every message passes through it before it is stored: the parts of a message are found by
searching for their boundaries, and nothing is decoded but a few headers and the beginning of the text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from app.fetching.text_beginning import beginning
from app.mail.content import Content
from app.mail.headers import Headers
from app.mail.message_parts import Part, Parts, headers_of

_TEXT_LOOK = 4096
_YEARS = range(1970, 2200)


@dataclass(frozen=True, slots=True)
class Projection:
    """The columns of ``messages`` that are read from a message's content."""

    message_id: str | None = None
    in_reply_to: str | None = None
    references: str | None = None
    from_name: str = ""
    from_address: str = ""
    to_text: str = ""
    subject: str = ""
    dated_at: datetime | None = None
    snippet: str = ""
    attachments: tuple[Mapping[str, str | int], ...] = ()
    flawed: bool = False

    @property
    def search_text(self) -> str:
        """Sender and subject in small letters."""
        return f"{self.from_name} {self.from_address} {self.subject}".casefold()


def project(content: Content, *, complete: bool = True) -> Projection:
    """Return what ``content`` says; of an incomplete message only the headers are there."""
    try:
        return _project(content, complete)
    except Exception:  # noqa: BLE001 -- mail is hostile input, and a message that cannot be read is stored all the same
        return Projection(flawed=True)


def _project(content: Content, complete: bool) -> Projection:
    headers, body_start = headers_of(content, 0, content.size)
    name, address = headers.first_address("from")
    found = _Summary(content)
    if complete:
        found.look_at(headers, body_start)
    return Projection(
        message_id=headers.id("message-id"),
        in_reply_to=headers.id("in-reply-to"),
        references=headers.ids("references"),
        from_name=name,
        from_address=address,
        to_text=headers.text("to", 2000),
        subject=headers.text("subject", 2000),
        dated_at=_date(headers),
        snippet=found.snippet,
        attachments=tuple(found.attachments),
        flawed=found.flawed or headers.flawed,
    )


def _date(headers: Headers) -> datetime | None:
    raw = headers.raw("date")
    if raw is None:
        return None
    try:
        moment = parsedate_to_datetime(raw[:100].decode("ascii", "replace"))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if moment.year in _YEARS else None


@dataclass(slots=True)
class _Summary:
    """The files of a message, and the beginning of its text."""

    content: Content
    attachments: list[Mapping[str, str | int]] = field(default_factory=list)
    snippet: str = ""
    flawed: bool = False
    _plain: bool = False

    def look_at(self, headers: Headers, start: int) -> None:
        """Look at what follows the headers of the message."""
        parts = Parts(self.content)
        for part in parts.walk(headers, start, self.content.size):
            if part.headers.is_attachment:
                self.attachments.append(part.headers.attachment(max(0, part.stop - part.start)))
            elif (kind := part.headers.media_type) in ("text/plain", "text/html"):
                self._read(part, plain=kind == "text/plain")
        self.flawed = self.flawed or parts.flawed

    def _read(self, part: Part, *, plain: bool) -> None:
        # Plain text says best what a message begins with; HTML only where there is none.
        if self._plain or (self.snippet and not plain):
            return
        encoded = self.content.part(part.start, min(part.stop, part.start + _TEXT_LOOK))
        cut, headers = part.stop - part.start > _TEXT_LOOK, part.headers
        text, broken = beginning(encoded, headers.encoding, headers.charset, plain=plain, cut=cut)
        self.flawed = self.flawed or broken
        if text or plain:
            self.snippet, self._plain = text or self.snippet, plain

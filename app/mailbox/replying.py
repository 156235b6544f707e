"""What an answer to a message begins with."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from app.mail.headers import Headers
from app.mail.html_text import lines_of
from app.mailbox.reading import Reading

LONGEST_QUOTE = 20_000
_MOST_REFERENCES = 20
_PREFIX = re.compile(r"\A(?:re|odp|aw|sv)\s*(?:\[\d+\])?:\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """The fields of the message to be written; ``quote`` is what it answers, each line marked."""

    to: str
    # Who else would get it, if all are answered.
    cc: str
    subject: str
    in_reply_to: str
    references: str
    quote: str
    written_at: datetime | None


def reply_to(reading: Reading, written_at: datetime | None, own: Collection[str] = ()) -> Reply:
    """Return the beginning of an answer by whoever has the addresses ``own``."""
    headers = reading.headers
    name, address = _whom(headers)
    own_id = headers.id("message-id") or ""
    earlier = (headers.ids("references") or headers.id("in-reply-to") or "").split()
    references = [each for each in earlier if each != own_id][-_MOST_REFERENCES:]
    subject = headers.text("subject", 500)
    return Reply(
        to=_written(name, address),
        cc=", ".join(_written(*each) for each in others(headers, own)),
        subject=f"Re: {_PREFIX.sub('', subject, count=1)}",
        in_reply_to=own_id,
        references=" ".join([*references, own_id]).strip(),
        quote=_quoted(reading),
        written_at=written_at,
    )


def others(headers: Headers, own: Collection[str]) -> list[tuple[str, str]]:
    """Return the names and addresses of all who got a message, but for ``own`` and whom an answer goes to anyway."""
    known = {address.lower() for address in (*own, _whom(headers)[1])}
    found: dict[str, tuple[str, str]] = {}
    for name, address in (*headers.people("to"), *headers.people("cc")):
        if address.lower() not in known:
            found.setdefault(address.lower(), (name, address))
    return list(found.values())


def _whom(headers: Headers) -> tuple[str, str]:
    back = "reply-to" if headers.first_address("reply-to")[1] else "from"
    return headers.first_address(back)


def _written(name: str, address: str) -> str:
    return f'"{name.translate(_NO_QUOTES)}" <{address}>' if name and address else address


_NO_QUOTES = str.maketrans('"\\', "''")


def _quoted(reading: Reading) -> str:
    text = reading.text or lines_of(reading.html)
    # Nobody's signature is answered (RFC 3676, 4.3).
    text = text[:LONGEST_QUOTE].partition("\n-- \n")[0].strip()
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())

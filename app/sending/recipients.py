"""From what somebody typed into a line of recipients to addresses, each understood or refused with its reason."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from email_validator import EmailNotValidError, validate_email

from app.sending.header_text import flaw_of

MOST_RECIPIENTS = 100
LONGEST_NAME = 200
# Of a whole line: room for the most recipients with the longest names and addresses. More is not even taken apart.
LONGEST_LINE = MOST_RECIPIENTS * (LONGEST_NAME + 340)
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


class Reason(StrEnum):
    """Why a recipient cannot be used."""

    NOT_AN_ADDRESS = "not_an_address"
    GROUP = "group"
    CONTROL_CHARACTER = "control_character"
    ENCODED_WORD = "encoded_word"
    NAME_TOO_LONG = "name_too_long"
    TOO_MANY = "too_many"
    LINE_TOO_LONG = "line_too_long"


@dataclass(frozen=True, slots=True)
class Fault:
    """What was typed that cannot be used, and why."""

    text: str
    reason: Reason


class RecipientInvalid(Exception):
    """Recipients cannot be used: ``faults`` are all of them, in the order in which they were typed."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*(fault.reason.value for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient. ``address`` is written into the header, ``envelope`` is told to the server.

    Domains are A-labels in both, so that only a local part beyond ASCII needs SMTPUTF8.
    """

    name: str
    address: str

    @property
    def envelope(self) -> str:
        """The address as the server is told it."""
        return self.address

    @property
    def key(self) -> str:
        """The address in the spelling that is compared."""
        local, _at, domain = self.address.rpartition("@")
        return f"{local}@{domain.lower()}"


def parse(text: str) -> list[Recipient]:
    """Return the recipients that ``text`` names, each address once. Raises RecipientInvalid."""
    if len(text) > LONGEST_LINE:
        raise RecipientInvalid(Fault(text, Reason.LINE_TOO_LONG))
    found: dict[str, Recipient] = {}
    faults: list[Fault] = []
    for typed in _items(text):
        try:
            recipient = _recipient(typed)
        except RecipientInvalid as invalid:
            faults += invalid.faults
            continue
        found.setdefault(recipient.key, recipient)
        if len(found) > MOST_RECIPIENTS:
            raise RecipientInvalid(Fault(typed, Reason.TOO_MANY))
    if faults:
        raise RecipientInvalid(*faults)
    return list(found.values())


def _items(text: str) -> Iterator[str]:
    """Yield what stands between commas, semicolons and line breaks, but for those inside of quotes and brackets."""
    item, quoted, bracketed, escaped = "", False, False, False
    for character in text:
        if escaped or (quoted and character == "\\"):
            escaped = not escaped
        elif character == '"':
            quoted = not quoted
        elif not quoted and character in "<>":
            bracketed = character == "<"
        elif character in "\r\n" or (character in ",;" and not quoted and not bracketed):
            # A line break ends an item whatever is open: a quote that was never closed must not swallow the rest.
            yield from _trimmed(item)
            item, quoted, bracketed = "", False, False
            continue
        item += character
    yield from _trimmed(item)


def _trimmed(item: str) -> Iterator[str]:
    item = item.strip().strip(_INVISIBLE).strip()
    if item:
        yield item


def _recipient(typed: str) -> Recipient:
    if (flaw := flaw_of(typed)) is not None:
        raise RecipientInvalid(Fault(typed, Reason(flaw.value)))
    name, address = _split(typed)
    if len(name) > LONGEST_NAME:
        raise RecipientInvalid(Fault(typed, Reason.NAME_TOO_LONG))
    try:
        valid = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        # "Friends: anna@x.pl, jan@x.pl;" (RFC 5322, 3.4) hides who gets the message.
        group = ":" in typed.partition("<")[0].replace("mailto:", "")
        raise RecipientInvalid(Fault(typed, Reason.GROUP if group else Reason.NOT_AN_ADDRESS)) from error
    domain = valid.ascii_domain or valid.domain
    if "." not in domain:
        raise RecipientInvalid(Fault(typed, Reason.NOT_AN_ADDRESS))
    return Recipient(name, f"{valid.local_part}@{domain}")


def _split(typed: str) -> tuple[str, str]:
    """Return name and address of ``Name <address>``, or no name."""
    before, bracket, rest = typed.rpartition("<")
    if not bracket:
        return "", typed.removeprefix("mailto:").strip()
    address, closed, after = rest.partition(">")
    if not closed or after.strip() or (":" in before and not before.strip().startswith('"')):
        raise RecipientInvalid(Fault(typed, Reason.GROUP if ":" in before else Reason.NOT_AN_ADDRESS))
    return _unquoted(before.strip()), address.strip()


def _unquoted(name: str) -> str:
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return " ".join(unicodedata.normalize("NFC", name).split())

"""Our form fields. They understand what people paste, and refuse the rest with one sentence that says what to do.

They hold and check values; the templates write the inputs (components/fields.html), so no field has a widget.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from wtforms import Field
from wtforms.validators import StopValidation

from app.autodiscovery import address_as_typed
from app.mail.address import address_key
from app.mail.settings import ConnectionSecurity, Side
from app.mail.usual_ports import default_port
from app.web.hosts import HostAsTyped, read_host, readable_host

# Text copied from web pages brings spaces of many kinds, and some that nobody sees.
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


def trimmed(text: str) -> str:
    """Return ``text`` without spaces around it, visible or not."""
    before = None
    while before != text:
        before, text = text, text.strip().strip(_INVISIBLE)
    return text


class TypedField(Field):
    """One line of text. Empty is refused with the sentence ``missing``, if there is one."""

    def __init__(self, label: str, *, missing: str = "", max_length: int = 320, **options: Any) -> None:
        super().__init__(label, **options)
        self.missing = missing
        self.max_length = max_length
        self._typed: str | None = None

    def _value(self) -> str:
        """Return what stands in the input: what was typed, as it was typed, else the stored value."""
        return self.readable(self.data) if self._typed is None else self._typed

    def readable(self, value: Any) -> str:
        """Return a stored value as people write it."""
        return "" if value is None else str(value)

    def parse(self, text: str) -> Any:
        """Return the value of ``text``, which is trimmed and not empty. Raises ValueError with a sentence."""
        return text

    def process_data(self, value: Any) -> None:
        """Take a stored value."""
        super().process_data(value)
        self._typed = None

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take what was posted. Raises ValueError with a sentence."""
        if not valuelist:
            return
        self._typed = valuelist[0]
        self.data = None
        text = trimmed(self._typed)
        if not text:
            return
        if any(unicodedata.category(character) == "Cc" for character in text):
            raise ValueError(_("Type this on one line, without tabs or other control characters."))
        value = self.parse(text)
        if len(text) > self.max_length or len(str(value)) > self.max_length:
            raise ValueError(_("Shorten this to at most %(count)s characters.", count=self.max_length))
        self.data = value

    def pre_validate(self, form: object) -> None:  # noqa: ARG002  (WTForms passes it)
        """Refuse an empty field that is needed. Raises StopValidation."""
        if self.data in (None, "") and not self.errors and self.missing:
            raise StopValidation(self.missing)


class NameField(TypedField):
    """A name for people; runs of spaces count as one."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, max_length=200, **options)

    def parse(self, text: str) -> str:
        """Return the name."""
        return " ".join(unicodedata.normalize("NFC", text).split())


class UsernameField(TypedField):
    """The name that a server knows the person by. Nothing but the spaces around it is changed."""


class AddressField(TypedField):
    """An e-mail address; a domain of any script, as typed."""

    def parse(self, text: str) -> str:
        """Return the address in its normal form. Raises ValueError with a sentence."""
        text = address_as_typed(text)
        local, _at, domain = text.rpartition("@")
        if not local or not domain:
            raise ValueError(_("Type the whole address, for example biuro@infirma.pl."))
        if "." not in domain:
            raise ValueError(_("Type the whole address: what follows the @ is a name with a dot, such as infirma.pl."))
        try:
            # Whether the domain exists is for the connection test to find out.
            valid = validate_email(text, check_deliverability=False, test_environment=True)
        except EmailNotValidError as error:
            raise ValueError(_("Check the address: it must look like biuro@infirma.pl, without spaces.")) from error
        if len(address_key(valid.normalized)) > self.max_length:
            raise ValueError(_("Shorten this to at most %(count)s characters.", count=self.max_length))
        return valid.normalized


class HostField(TypedField):
    """The name or address of a server. ``imaps://imap.infirma.pl:993`` is understood; ``given`` says what it held."""

    def __init__(self, label: str, *, side: Side, **options: Any) -> None:
        super().__init__(label, max_length=255, **options)
        self.side = side
        self.given: HostAsTyped | None = None

    def parse(self, text: str) -> str:
        """Return the name as DNS knows it (A-labels). Raises ValueError with a sentence."""
        self.given = read_host(text, self.side)
        return self.given.host

    def readable(self, value: str | None) -> str:
        """Return the name in the script that people write it in."""
        return readable_host(value or "")

    def show_without_port(self) -> None:
        """Leave only the name in the input: the port has moved to its own."""
        if self.given is not None:
            self._typed = self.given.name


class PortField(TypedField):
    """A port, 1 to 65535. Digits of any script are understood."""

    def __init__(self, label: str, *, side: Side, **options: Any) -> None:
        super().__init__(label, **options)
        self.side = side

    def parse(self, text: str) -> int:
        """Return the number. Raises ValueError with a sentence."""
        if not re.fullmatch(r"\d{1,9}", text) or not 1 <= int(text) <= 65535:
            usual = default_port(self.side, ConnectionSecurity.TLS)
            raise ValueError(_("Type the port as a number from 1 to 65535, for example %(port)s.", port=usual))
        return int(text)

    def show(self, port: int) -> None:
        """Take ``port`` as if it had been typed here."""
        self._typed, self.data, self.process_errors = str(port), port, []


class SecurityField(Field):
    """How a connection is protected."""

    def __init__(self, label: str, *, choices: Iterable[tuple[ConnectionSecurity, str]], **options: Any) -> None:
        super().__init__(label, **options)
        self.choices = tuple(choices)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take what was chosen. Raises ValueError with a sentence."""
        if not valuelist:
            return
        if valuelist[0] not in list(ConnectionSecurity):
            raise ValueError(_("Choose one of the kinds of security in the list."))
        self.data = ConnectionSecurity(valuelist[0])


class ChoiceField(Field):
    """One of a list of values; the first is meant where nothing is chosen."""

    def __init__(self, label: str, *, choices: Iterable[tuple[str, str]], **options: Any) -> None:
        super().__init__(label, **options)
        self.choices = tuple(choices)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take what was chosen. Raises ValueError with a sentence."""
        if not valuelist:
            return
        if valuelist[0] not in [value for value, _text in self.choices]:
            raise ValueError(_("Choose one of the entries in the list."))
        self.data = valuelist[0]


class SwitchField(Field):
    """On or off. A browser does not send what is off, so absent is off."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take what was posted."""
        self.data = bool(valuelist) and valuelist[0] not in ("", "0", "false", "off")


class ColourField(Field):
    """A colour, ``#rrggbb``. Of several values under the name the first that is not empty counts (the palette's)."""

    def __init__(self, label: str, *, choices: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(label, **options)
        self.choices = choices

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take what was chosen; nothing chosen keeps the colour that was offered. Raises ValueError with a sentence."""
        chosen = next((value.strip().lower() for value in valuelist if value.strip()), None)
        if chosen is None:
            return
        digits = chosen.removeprefix("#")
        if re.fullmatch(r"[0-9a-f]{3}", digits):
            digits = "".join(digit * 2 for digit in digits)
        if not re.fullmatch(r"[0-9a-f]{6}", digits):
            raise ValueError(_("Choose a colour from the palette, or type it as # and six digits, such as #2f74d0."))
        self.data = f"#{digits}"


class SecretField(Field):
    """A password: never trimmed, never changed, never written into a page.

    ``kept`` says in words that an earlier one is used where this one is left blank; empty: there is none.
    """

    max_length = 1000

    def __init__(self, label: str, *, missing: str, **options: Any) -> None:
        super().__init__(label, **options)
        self.missing = missing
        self.kept = ""

    @property
    def typed(self) -> bool:
        """Whether something stood in the field."""
        return bool(self.raw_data and self.raw_data[0])

    def process_data(self, value: object) -> None:  # noqa: ARG002  (a stored password is never shown)
        """Begin blank."""
        self.data, self.raw_data = None, None

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take what was typed. Raises ValueError with a sentence."""
        if not valuelist or not valuelist[0]:
            return
        if any(character in valuelist[0] for character in "\r\n\0"):
            raise ValueError(_("Type the password on one line: a line break cannot be part of it."))
        if len(valuelist[0]) > self.max_length:
            raise ValueError(_("Shorten this to at most %(count)s characters.", count=self.max_length))
        self.data = valuelist[0]

    def pre_validate(self, form: object) -> None:  # noqa: ARG002  (WTForms passes it)
        """Refuse a blank password where there is none to keep. Raises StopValidation."""
        if not self.data and not self.kept and not self.errors:
            raise StopValidation(self.missing)

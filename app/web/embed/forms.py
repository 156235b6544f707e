"""The form about a client. CSRF is checked before any view, so a plain WTForm does."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import Field, Form

from app.config import LOCALES
from app.embed import AddressRefused, ClientDetails, parse_origin, parse_return_address
from app.models import EmbedClient
from app.web.embed.wording import LANGUAGES, flaw_sentence
from app.web.fields import ChoiceField, SwitchField, TypedField, trimmed

MOST_ADDRESSES = 20
MOST_MINUTES = 24 * 60


class LabelField(TypedField):
    """What administrators call something: one line, runs of spaces count as one."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, max_length=100, **options)

    def parse(self, text: str) -> str:
        """Return the name. Raises ValueError with a sentence."""
        if not text.isprintable():
            raise ValueError(_("Type this on one line, without tabs or other control characters."))
        return " ".join(text.split())


class AddressesField(Field):
    """Addresses, one per line. ``parse`` understands one; ``kind`` chooses the sentences about what is wrong."""

    def __init__(self, label: str, *, parse: Callable[[str], str], example: str, **options: Any) -> None:
        super().__init__(label, **options)
        self.parse = parse
        self.example = example
        self._typed: str | None = None

    def _value(self) -> str:
        """Return what stands in the input: what was typed, as it was typed, else the stored addresses."""
        return "\n".join(self.data or ()) if self._typed is None else self._typed

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take what was posted. Raises ValueError with a sentence that names the line."""
        if not valuelist:
            return
        self._typed, self.data = valuelist[0], ()
        # Not splitlines: it also divides at characters that nobody sees as the end of a line.
        lines = [trimmed(line) for line in re.split(r"\r\n|\r|\n", self._typed)]
        found = {self._address(number, line): None for number, line in enumerate(lines, 1) if line}
        if len(found) > MOST_ADDRESSES:
            raise ValueError(_("Keep to at most %(count)s addresses.", count=MOST_ADDRESSES))
        self.data = tuple(found)

    def _address(self, number: int, line: str) -> str:
        try:
            return self.parse(line)
        except AddressRefused as refused:
            why = flaw_sentence(refused.flaw, self.example)
            raise ValueError(_("Line %(number)s: %(why)s", number=number, why=why)) from refused


class MinutesField(TypedField):
    """A number of minutes, at most a day."""

    def parse(self, text: str) -> int:
        """Return the number. Raises ValueError with a sentence."""
        if not re.fullmatch(r"\d{1,9}", text) or not 1 <= int(text) <= MOST_MINUTES:
            raise ValueError(_("Type a number of minutes from 1 to %(most)s, for example 30.", most=MOST_MINUTES))
        return int(text)


_LANGUAGES = [("", _l("As the browser says")), *((locale, LANGUAGES[locale]) for locale in LOCALES)]


class ClientForm(Form):
    """What an administrator says about a client."""

    name = LabelField(_l("Name"), missing=_l("Type a name for the site."))
    origins = AddressesField(_l("Allowed origins"), parse=parse_origin, example="https://helpdesk.infirma.pl")
    return_addresses = AddressesField(
        _l("Return addresses"),
        parse=parse_return_address,
        example="https://helpdesk.infirma.pl/accounts",
        name="return-addresses",
    )
    layout = ChoiceField(_l("Layout"), choices=())
    locale = ChoiceField(_l("Language"), choices=_LANGUAGES)
    link_minutes = MinutesField(
        _l("Minutes that a link is good for"),
        missing=_l("Type how many minutes a link is good for."),
        name="link-minutes",
    )
    starts_active = SwitchField(_l("Accounts start active"), name="starts-active")

    def __init__(
        self,
        posted: MultiDict[str, str] | None = None,
        *,
        layouts: Iterable[tuple[str, str]],
        stored: EmbedClient | None = None,
    ) -> None:
        self._layouts = tuple(layouts)
        super().__init__(posted, data=_values(stored) if stored else {"link_minutes": 30, "starts_active": True})

    def process(self, *arguments: Any, **options: Any) -> None:
        """Take what was posted, once it is known which layouts there are."""
        self.layout.choices = (("", _("The one for everybody")), *self._layouts)
        super().process(*arguments, **options)

    @property
    def details(self) -> ClientDetails:
        """What was typed, once it is valid."""
        return ClientDetails(
            name=self.name.data,
            origins=self.origins.data or (),
            return_addresses=self.return_addresses.data or (),
            layout_id=int(self.layout.data) if self.layout.data else None,
            locale=self.locale.data or None,
            link_minutes=self.link_minutes.data,
            starts_active=bool(self.starts_active.data),
        )


def _values(client: EmbedClient) -> dict[str, Any]:
    return {
        "name": client.name,
        "origins": client.origins,
        "return_addresses": client.return_addresses,
        "layout": "" if client.layout_id is None else str(client.layout_id),
        "locale": client.locale or "",
        "link_minutes": client.link_minutes,
        "starts_active": client.starts_active,
    }

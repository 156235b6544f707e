"""Placeholders: ``{account.name}`` and a few more, replaced by values. No template engine reads what people store."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

_PLACEHOLDER = re.compile(r"\{\s*([^\W\d_][\w.-]{0,60})\s*\}")
_COLOUR = re.compile(r"#[0-9a-f]{6}")

NAMES = (
    "account.name",
    "account.email",
    "account.colour",
    "sender.name",
    "sender.email",
    "date",
    "time",
    "year",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What stands in the place of the placeholders. Dates are words already, in the language of the message."""

    account_name: str
    account_email: str
    account_colour: str
    sender_name: str
    sender_email: str
    date: str
    time: str
    year: str

    def by_name(self) -> Mapping[str, str]:
        """Return the values by the name that a design uses. A colour that is none could be anything in a style."""
        values = {name: str(getattr(self, name.replace(".", "_"))) for name in NAMES}
        return values if _COLOUR.fullmatch(self.account_colour) else values | {"account.colour": "#808080"}


def unknown(source: str) -> tuple[str, ...]:
    """Return the names in braces that stand for nothing, each once, in order."""
    return tuple(dict.fromkeys(name for name in _PLACEHOLDER.findall(source) if name not in NAMES))


def filled(source: str, values: Values) -> str:
    """Return ``source`` with values, escaped for text and attributes alike. What a value contains is not read again."""
    by_name = values.by_name()

    def value(found: re.Match[str]) -> str:
        return html.escape(by_name[found[1]]) if found[1] in by_name else found[0]

    return _PLACEHOLDER.sub(value, source)

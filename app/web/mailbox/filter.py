"""Which messages a list shows, as its address says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from flask import url_for

_LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """Which messages are asked for."""

    account_id: int | None = None
    # One of the account's.
    folder_id: int | None = None
    search: str = ""
    unread: bool = False
    below: int | None = None

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Self:
        """Return what an address asks for; nonsense asks for nothing."""
        account_id, folder_id, below = (_number(arguments.get(name, "")) for name in ("account", "folder", "below"))
        search = " ".join(arguments.get("search", "")[:_LONGEST_SEARCH].replace("\0", "").split())
        return cls(account_id, folder_id, search, arguments.get("unread") == "y", below)

    @property
    def arguments(self) -> dict[str, Any]:
        """What an address says to ask for this; the pages of messages pass it on, to lead back to where one was."""
        unread = "y" if self.unread else None
        said = {"account": self.account_id, "folder": self.folder_id, "search": self.search or None}
        said |= {"unread": unread, "below": self.below}
        return {name: value for name, value in said.items() if value is not None}

    def address(self, *, below: int | None = None) -> str:
        """Return the address of the list, from ``below`` on."""
        return url_for("mailbox.index", **{**self.arguments, "below": below})  # None is left out


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:10]) < 2**31 and len(text) <= 10 else None

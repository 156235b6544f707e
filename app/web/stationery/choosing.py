"""Choosing a stationery: the field of the account form, and what stands beside it."""

from collections.abc import Sequence
from typing import Any

from flask import g
from flask_babel import gettext as _
from wtforms import Field

from app import stationery
from app.extensions import db


def known() -> Sequence[tuple[int, str, bool]]:
    """Return id, name and whether it is the default of each stationery; asked for once in a request."""
    if "stationery_choices" not in g:
        g.stationery_choices = stationery.choices(db.session)
    found: Sequence[tuple[int, str, bool]] = g.stationery_choices
    return found


def seen_id(chosen: str) -> int | None:
    """Return the id of the stationery that is meant by ``chosen``; empty means the default. None: plain messages."""
    for stationery_id, _name, is_default in known():
        if chosen == str(stationery_id) or (not chosen and is_default):
            return stationery_id
    return None


def forget_known() -> None:
    """Ask anew, because there is another stationery since."""
    g.pop("stationery_choices", None)


def choices() -> list[tuple[str, str]]:
    """Return what the select offers: first what an account without one of its own has."""
    default = next((name for _id, name, is_default in known() if is_default), None)
    none = _("The default: %(name)s", name=default) if default is not None else _("No stationery")
    return [("", none), *((str(stationery_id), name) for stationery_id, name, _is_default in known())]


class StationeryField(Field):
    """One of the stored stationery by its id, or empty for the default. Only where it is shown they are asked for."""

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What the select offers."""
        return choices()

    @property
    def seen_id(self) -> int | None:
        """The stationery to show beside the select."""
        return seen_id(str(self.data or ""))

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take what was chosen. Raises ValueError with a sentence."""
        if not valuelist:
            return
        if valuelist[0] not in [value for value, _text in self.choices]:
            self.data = ""
            raise ValueError(_("This stationery is not there any more: choose another one."))
        self.data = valuelist[0]

    def _value(self) -> Any:
        return self.data

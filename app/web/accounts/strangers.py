"""No password goes to whom only a weak source has named, as long as the person has not agreed to it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.autodiscovery import Remembered, to_confirm
from app.mail.settings import Side
from app.web.autodiscovery.wording import refuse_stranger

if TYPE_CHECKING:
    from app.web.accounts.forms import AccountForm


def hosts_of(form: "AccountForm") -> Mapping[Side, Remembered]:
    """Return the two servers, with where they were suggested from; without a source somebody has typed them."""
    return {side: _host(form, f"{side}-host") for side in Side}


def refuse_strangers(form: "AccountForm") -> bool:
    """Put the question beside each server that nobody vouches for; say whether there is none."""
    willing = True
    for side, organisation in to_confirm(str(form.value_of("email") or ""), hosts_of(form)).items():
        has_password = side is Side.IMAP or form.value_of("smtp-auth")
        if has_password and organisation not in form.opened.memory.trusted:
            # Where the form has no field for the server, it follows the address.
            form.demand(f"{side}-host" if form.shown(f"{side}-host") else "email", [refuse_stranger(organisation)])
            willing = False
    return willing


def _host(form: "AccountForm", name: str) -> Remembered:
    if name in form.settled:
        return form.settled[name]
    value, remembered = str(form.value_of(name) or ""), form.opened.memory.of(name)
    return remembered if remembered.value == value else Remembered(value)

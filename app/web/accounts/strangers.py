"""No password goes to whom only a weak source has named, as long as the person has not agreed to it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from app.autodiscovery import Memory, Remembered, ServerSuggestion, to_confirm, with_password
from app.mail.address import host_or_none
from app.mail.settings import Side
from app.models import Account
from app.web.accounts.laying_out import suggestion_for
from app.web.autodiscovery.wording import refuse_stranger

if TYPE_CHECKING:
    from app.web.accounts.forms import AccountForm


def hosts_of(form: "AccountForm") -> Mapping[Side, Remembered]:
    """Return the servers that get a password, with where they were suggested from; what was typed has no source."""
    hosts = {side: _host(form, f"{side}-host") for side in Side}
    email = str(form.value_of("email") or "")
    return receiving(hosts, email, authenticates=form.value_of("smtp-auth"), passwordless=form.passwordless)


def passwordless_server(account: Account | None, memory: Memory) -> str:
    """Return the outgoing server that ``account`` as it is saved gives no password; empty if it gives it one.

    Without an account it is that of the one that the form was opened for, and that is gone.
    """
    if account is None:
        return memory.passwordless
    return "" if account.smtp_auth else account.smtp_host


def receiving(
    hosts: Mapping[Side, Remembered], email: str, *, authenticates: bool, passwordless: str
) -> Mapping[Side, Remembered]:
    """Return those of ``hosts`` that get a password, as they count for that: whom a form asks about, and refuses.

    ``authenticates``: the outgoing server is to get one. ``passwordless`` is that of the account as it is saved, if
    that gives it none.
    """
    if not authenticates:
        return {Side.IMAP: hosts[Side.IMAP]}

    def suggested() -> ServerSuggestion | None:
        suggestion = suggestion_for(email)
        return suggestion.servers.get(Side.SMTP) if suggestion else None

    return {**hosts, Side.SMTP: with_password(hosts[Side.SMTP], passwordless, suggested)}


def refuse_strangers(form: "AccountForm") -> bool:
    """Put the question beside each server that nobody vouches for; say whether there is none."""
    willing = True
    for side, organisation in to_confirm(str(form.value_of("email") or ""), hosts_of(form)).items():
        if organisation not in form.opened.memory.trusted:
            # Where the form has no field for the server, it follows the address; a host page may leave out any of them.
            places = (f"{side}-host", "email", "imap-password")
            place = next((name for name in places if form.shown(name)), places[0])
            form.demand(place, [refuse_stranger(organisation)])
            form.strangers[place] = organisation
            willing = False
    return willing


def switches_of(form: "AccountForm", asked: Sequence[str]) -> dict[str, str]:
    """Return, by field that was refused, the id of the switch that lifts the refusal; ``asked`` as the page asks."""
    return {name: f"trusted-{asked.index(who) + 1}" for name, who in form.strangers.items() if who in asked}


def _host(form: "AccountForm", name: str) -> Remembered:
    if name in form.settled:
        return form.settled[name]
    value, remembered = str(form.value_of(name) or ""), form.opened.memory.of(name)
    # The form holds a name as DNS knows it; a suggestion may be in the script of the address.
    return remembered if value in (remembered.value, host_or_none(remembered.value)) else Remembered(value)

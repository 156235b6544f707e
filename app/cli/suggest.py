"""`skrzynka suggest`: what the form would suggest for an address, without web, queue or database."""

import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import click
from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from app import autodiscovery
from app.autodiscovery import GUESSES, Found, Mail, Remembered, Source, to_confirm
from app.autodiscovery.asking import ask_all, out_of_document
from app.autodiscovery.autoconfig_xml import SET_UP_FIRST
from app.autodiscovery.sources import Reach
from app.cli.problems import BadInput, Problem
from app.config import ispdb_url_from, network_from
from app.mail.settings import Side


@click.command()
@click.argument("email")
@click.option("--offline", is_flag=True, help="Use no network.")
@click.option("--from-file", type=click.Path(path_type=Path), help="Read one autoconfig document instead of asking.")
def suggest(email: str, offline: bool, from_file: Path | None) -> None:
    """Print the servers suggested for EMAIL as JSON.

    Exits with 0 if there is a suggestion, 1 if nothing usable was found, 2 if EMAIL is no address. Why nothing was
    found, what speaks against the suggestion, whose servers the form would not give a password without a yes, and which
    address was probably meant, stands on standard error.
    """
    try:
        address = validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise BadInput(f"{email[:80]!r} is not an e-mail address.") from error
    found = _found(address, offline, from_file)
    if found is None:
        nothing: dict[str, Any] = {"imap": None, "smtp": None, "provider": None, "alternatives": []}
        click.echo(json.dumps({"version": 1, "email": address.normalized, "domain": address.domain, **nothing}))
        raise Problem(_why_nothing(address, from_file))
    click.echo(json.dumps(found.to_json(), ensure_ascii=False))
    if not found.suggestion.servers:
        raise Problem(_why_none(found, [*Side]))
    for doubt in (*_doubts(found), *_wanted(found), *_strangers(found), _hint(address)):
        if doubt:
            click.echo(f"skrzynka: {doubt.strip()}", err=True)


def _doubts(found: Found) -> list[str]:
    """Return what the domain says about its mail, and who has said nothing; the form says the same in its own words."""
    domain = found.suggestion.domain
    doubts = [_MAIL[found.mail].format(domain=domain)] if found.mail in _MAIL else []
    doubts += [_DENIED[side].format(domain=domain) for side in Side if side in found.denied]
    doubts += [_why_none(found, [side]) for side in Side if side not in found.suggestion.servers]
    if found.is_blind:
        silent = found.mail is Mail.UNKNOWN
        doubts.append((_NOBODY_ANSWERED if silent else _SOMEBODY_IS_SILENT).format(domain=domain))
    return doubts


def _wanted(found: Found) -> list[str]:
    """Return why a password alone will not do; the form says the same in its own words."""
    note = found.provider
    if note is None:
        return []
    wanted = [sentence.format(note.name) for flag, sentence in _FLAGS.items() if getattr(note, flag)]
    told = {SET_UP_FIRST} if note.imap_switch else set()
    return wanted + [WANTED[code].format(note.name) for code in note.texts if code in WANTED.keys() - told]


def _strangers(found: Found) -> list[str]:
    """Return whose servers the form would ask about, and why; that a guess is one stands beside it as its source."""
    email, domain = found.suggestion.email, found.suggestion.domain
    hosts = {
        side: Remembered(server.host, server.source_of("host"))
        for side, server in found.suggestion.servers.items()
        if server.auth
    }
    doubts: dict[str, str] = {}
    for side, organisation in to_confirm(email, hosts).items():
        if hosts[side].source not in GUESSES:
            why = _HANDED_ON if hosts[side].source is Source.REDIRECTED else _UNSIGNED
            why = why.format(domain=domain, led_by=found.led_by(side, hosts[side].value))
            doubts.setdefault(organisation, f"{_NOBODY_VOUCHES.format(organisation)} {why}")
    return list(doubts.values())


_MAIL: Mapping[Mail, str] = {
    Mail.NO_DOMAIN: "There is no domain {domain!r}.",
    Mail.REFUSED: "The domain {domain!r} says that it takes no mail (RFC 7505).",
    Mail.NOWHERE: "The domain {domain!r} names no server that takes its mail.",
}
_DENIED: Mapping[Side, str] = {
    Side.IMAP: "DNS of {domain!r} says that there is no IMAP (RFC 6186).",
    Side.SMTP: "DNS of {domain!r} says that there is no server for sending (RFC 6186).",
}
_CLOSED = "the provider lets no mail programs in."
_BRIDGE = "the provider lets no mail programs in other than through a program of its own."
_OAUTH_ONLY = "the provider lets mail programs in only through its own sign-in page (OAuth 2): that does not work here."
# By the flags of a provider's note.
_FLAGS: Mapping[str, str] = {
    "imap_switch": "{!r} wants IMAP to be switched on in the settings of the mailbox first.",
    "app_password": "{!r} wants an app password, which has to be made there, instead of the usual one.",
}
# By the codes that the data has for it; that no mail programs are let in is said where there is no server.
WANTED: Mapping[str, str] = {
    "mail_password": "{!r} wants a password for mail programs, which has to be set in the mailbox.",
    "own_server_name": "{!r} has a server with a name of its own for each customer: its panel shows which.",
    "paid_plan": "{!r} lets mail programs in only with a paid plan.",
    SET_UP_FIRST: "{!r} wants something to be set up in the mailbox first.",
}
_NOBODY_VOUCHES = "Nobody vouches for the servers of {!r}, so that the form asks before a password goes there:"
_HANDED_ON = "the configuration of {domain!r} comes by way of another organisation, {led_by!r}."
_UNSIGNED = "only DNS, which nobody has signed, names them for {domain!r}."
_NOBODY_ANSWERED = "The name server has not answered about {domain!r}: this is a guess, and asking again may find more."
_SOMEBODY_IS_SILENT = "Not all who were asked about {domain!r} have answered: asking again may find more."


def _why_nothing(address: ValidatedEmail, from_file: Path | None) -> str:
    email = address.normalized[:80]
    if from_file is None or autodiscovery.domain_of(address.normalized) is None:
        return f"No server can be suggested for {email!r}: this is no complete address.{_hint(address)}"
    return f"The file {str(from_file)[:200]!r} is no autoconfig document that names mail servers for {email!r}."


def _why_none(found: Found, sides: Collection[Side]) -> str:
    """Return why no server is suggested for ``sides``, one of them or both."""
    texts = found.provider.texts if found.provider else ()
    closed = _BRIDGE if "bridge" in texts else _CLOSED
    why = _OAUTH_ONLY if found.oauth_only.issuperset(sides) else closed
    server = "server" if len(sides) > 1 else f"{next(iter(sides)).upper()} server"
    return f"No {server} for {found.suggestion.email[:80]!r}: {why}"


def _hint(address: ValidatedEmail) -> str:
    meant = autodiscovery.meant_address(address.normalized)
    return f" Did you mean {meant!r}?" if meant else ""


def _found(address: ValidatedEmail, offline: bool, from_file: Path | None) -> Found | None:
    if from_file is not None:
        return out_of_document(address.normalized, _read(from_file))
    reach = None if offline else Reach(network_from(os.environ), ispdb_url_from(os.environ))
    return ask_all(address.normalized, reach)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"The file {str(path)[:200]!r} cannot be read: {error.strerror}.") from error

"""``skrzynka accounts``: accounts as JSON, out of one installation and into another, or out of another program."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import cast

import click
from sqlalchemy.orm import Session

from app import accounts as core
from app import clock, stationery
from app.accounts import AccountDetails, Tested
from app.cli import database
from app.cli.account_entries import EntryRefused, details_of, entry_of
from app.cli.problems import BadInput, Problem
from app.config import Config
from app.mail.address import address_key
from app.mail.dial import NetworkRules
from app.mail.outcomes import Outcome
from app.mail.probe import ProbeResult, collect, probe
from app.mail.settings import Side

# Servers that are asked at a time; of one server, one account after the other.
_AT_A_TIME = 8
# By the number of the entry: the field that speaks against it, and why.
Refused = dict[int, tuple[str, str]]


@click.group
def accounts() -> None:
    """Carry mail accounts from one installation to another, or out of another program."""


@accounts.command("export")
@click.option("--with-secrets", is_flag=True, help="Print the passwords too, in clear.")
def export_all(with_secrets: bool) -> None:
    """Print all accounts as a JSON list, fields named as the form's."""
    config = database.installed()
    with database.open_session(config) as session:
        names = {str(number): name for number, name, _default in stationery.choices(session)}
        entries = []
        for account in core.list_all(session):
            details = core.details_of(account, config.vault)
            if with_secrets and account.imap_password and details.imap_password is None:
                raise Problem(f"The password of {account.email} cannot be opened with these keys.")
            entries.append(entry_of(details, names.get(details.stationery, ""), with_secrets=with_secrets))
    click.echo(json.dumps(entries, ensure_ascii=False, indent=2))


@accounts.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE.json")
@click.option("--untested", is_flag=True, help="Do not try the servers; the accounts say that they were not tested.")
def import_all(file: Path, untested: bool) -> None:
    """Add the accounts of FILE.json (- for standard input): all of them, or none if one is refused.

    Each active account is tested before, as in the form, unless told otherwise. An account that is here already and
    says the same is left alone.

    Exits with 0 if all are here, 1 if a server refused one, 2 if an entry makes no sense.
    """
    entries = _entries(file)
    config = database.installed()
    with database.open_session(config) as session:
        found, refused = _read(session, entries)
        known, taken = _known(session, config, entries, found)
        _stop_if(entries, refused | taken, BadInput)
        new = {number: details for number, details in found.items() if number not in known}
        # The database is not held while servers are asked.
        session.rollback()
        proven = {} if untested else _tested(new, config.network)
        _stop_if(entries, _failures(proven), Problem)
        for number, details in new.items():
            tested = Tested(clock.now(), Outcome.OK, Outcome.OK) if number in proven else None
            try:
                core.create(session, details, submission=None, tested=tested, vault=config.vault, now=clock.now())
            except core.AddressTaken as error:
                raise Problem(f"{details.email} was added meanwhile by somebody else: nothing was imported.") from error
        session.commit()
    for number, details in found.items():
        word = "Left" if number in known else "Added" if number in proven else "Added, not tested,"
        click.echo(f"{word} {details.name!r} ({details.email}).", err=True)


def _entries(file: Path) -> list[object]:
    try:
        with click.open_file(str(file), "rb") as stream:
            entries = json.loads(stream.read())
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{file} is not JSON.") from error
    if not isinstance(entries, list):
        raise BadInput(f"{file} must hold a list of accounts.")
    return entries


def _read(session: Session, entries: Sequence[object]) -> tuple[dict[int, AccountDetails], Refused]:
    """Return the accounts of the entries, and which entries are none."""
    numbers = {name: number for number, name, _default in stationery.choices(session)}
    colours = core.colours_in_use(session)
    found: dict[int, AccountDetails] = {}
    refused: Refused = {}
    addresses: dict[str, int] = {}
    for number, entry in enumerate(entries):
        try:
            details = details_of(entry, numbers, lambda: core.unused(colours))
        except EntryRefused as refusal:
            refused[number] = (refusal.field, refusal.reason)
            continue
        first = addresses.setdefault(address_key(details.email), number)
        if first != number:
            refused[number] = ("email", f"is that of accounts[{first}] too")
            continue
        colours.append(details.colour)
        found[number] = details
    return found, refused


def _known(
    session: Session, config: Config, entries: Sequence[object], found: Mapping[int, AccountDetails]
) -> tuple[set[int], Refused]:
    """Return which accounts are here already as they are, and whose address another account has."""
    known: set[int] = set()
    taken: Refused = {}
    for number, details in found.items():
        account = core.find_by_address(session, details.email)
        if account is None:
            continue
        colour = account.colour if "colour" not in cast(dict[str, object], entries[number]) else details.colour
        if core.holds(account, replace(details, colour=colour), config.vault):
            known.add(number)
        else:
            taken[number] = ("email", "is that of an account which is here already, with other settings")
    return known, taken


def _tested(wanted: Mapping[int, AccountDetails], rules: NetworkRules) -> dict[int, ProbeResult]:
    """Try the servers of the active accounts; one that is switched off may have a server that is down."""
    groups: dict[str, list[int]] = {}
    for number, details in wanted.items():
        if details.active:
            groups.setdefault(details.imap_host, []).append(number)

    def try_all(numbers: Sequence[int]) -> list[tuple[int, ProbeResult]]:
        return [(number, collect(probe(wanted[number].probe_request, rules))) for number in numbers]

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        return dict(chain.from_iterable(pool.map(try_all, groups.values())))


def _failures(proven: Mapping[int, ProbeResult]) -> Refused:
    failures: Refused = {}
    for number, result in proven.items():
        sides = ((side, side_result) for side, side_result in ((Side.IMAP, result.imap), (Side.SMTP, result.smtp)))
        for side, verdict in sides:
            if verdict is not None and verdict.outcome is not Outcome.OK:
                said = f" ({verdict.server_text})" if verdict.server_text else ""
                failures.setdefault(number, (side.value, f"{verdict.outcome}{said}"))
    return failures


def _stop_if(entries: Sequence[object], refused: Refused, problem: type[Problem]) -> None:
    """Say which entries are refused, if some are, and end. The password of an entry is not part of what is said."""
    if not refused:
        return
    for number, (field, reason) in sorted(refused.items()):
        entry = entries[number]
        email = entry.get("email") if isinstance(entry, dict) else None
        whose = f" ({email[:100]})" if isinstance(email, str) and email.isprintable() else ""
        click.echo(f"accounts[{number}]{whose}: {field}: {reason}.", err=True)
    raise problem(f"{len(refused)} of {len(entries)} accounts refused; nothing was imported.")

"""`skrzynka suggest`: what the form would suggest for an address, without web, queue or database."""

import json
import os
from pathlib import Path
from typing import Any

import click
from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from app import autodiscovery
from app.autodiscovery import Found, Reach
from app.cli.problems import BadInput, Problem
from app.config import ispdb_url_from, network_from


@click.command()
@click.argument("email")
@click.option("--offline", is_flag=True, help="Use no network.")
@click.option("--from-file", type=click.Path(path_type=Path), help="Read one autoconfig document instead of asking.")
def suggest(email: str, offline: bool, from_file: Path | None) -> None:
    """Print the servers suggested for EMAIL as JSON.

    Exits with 0 if there is a suggestion, 1 if nothing usable was found, 2 if EMAIL is no address. Why nothing was
    found, and which address was probably meant, stands on standard error.
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
    if hint := _hint(address):
        click.echo(f"skrzynka:{hint}", err=True)


def _why_nothing(address: ValidatedEmail, from_file: Path | None) -> str:
    email = address.normalized[:80]
    if from_file is None or autodiscovery.domain_of(address.normalized) is None:
        return f"No server can be suggested for {email!r}: this is no complete address.{_hint(address)}"
    return f"The file {str(from_file)[:200]!r} is no autoconfig document that names mail servers for {email!r}."


def _hint(address: ValidatedEmail) -> str:
    meant = autodiscovery.meant_address(address.normalized)
    return f" Did you mean {meant!r}?" if meant else ""


def _found(address: ValidatedEmail, offline: bool, from_file: Path | None) -> Found | None:
    if from_file is not None:
        return autodiscovery.out_of_document(address.normalized, _read(from_file))
    reach = None if offline else Reach(network_from(os.environ), ispdb_url_from(os.environ))
    return autodiscovery.ask_all(address.normalized, reach)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"The file {str(path)[:200]!r} cannot be read: {error.strerror}.") from error

"""`skrzynka suggest`: what the form would suggest for an address, without web, queue or database."""

import json
from typing import Any

import click
from email_validator import EmailNotValidError, validate_email

from app import autodiscovery
from app.cli.problems import BadInput


@click.command()
@click.argument("email")
@click.option("--offline", is_flag=True, help="Use no network.")
def suggest(email: str, offline: bool) -> None:  # noqa: ARG001  (no source uses the network yet)
    """Print the servers suggested for EMAIL as JSON.

    Exits with 0 if there is a suggestion, 1 if nothing usable was found, 2 if EMAIL is no address.
    """
    try:
        address = validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise BadInput(f"{email[:80]!r} is not an e-mail address.") from error
    suggestion = autodiscovery.suggest(address.normalized)
    if suggestion is None:
        nothing: dict[str, Any] = {"imap": None, "smtp": None, "provider": None, "alternatives": []}
        click.echo(json.dumps({"version": 1, "email": address.normalized, "domain": address.domain, **nothing}))
        raise SystemExit(1)
    click.echo(json.dumps(suggestion.to_json(), ensure_ascii=False))

"""``skrzynka providers``: whether what is built in about mail providers is still true."""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from app import autodiscovery
from app.autodiscovery import Provider, ProviderFileInvalid
from app.autodiscovery.provider_check import check_providers
from app.cli.problems import BadInput, Problem
from app.config import network_from


@click.group
def providers() -> None:
    """Look after the built-in mail providers."""


@providers.command
@click.option("--file", "path", type=click.Path(path_type=Path), help="Check the providers of this file instead.")
def check(path: Path | None) -> None:
    """Greet the servers of all built-in providers, one line each. Exit code 1 if something no longer answers.

    Nobody logs in. Providers whose servers have a name of their own for each customer cannot be asked.
    """
    rules = network_from(os.environ)
    bad = heard = 0
    for answered in check_providers(_providers(path), rules):
        name = answered.provider.name
        heard += answered.heard
        if answered.wrong:
            bad += 1
            click.echo(f"BAD  {name}: {'; '.join(answered.wrong)}")
        elif answered.asked:
            click.echo(f"ok   {name}: {answered.asked} servers answer")
        else:
            click.echo(f"--   {name}: no server that is the same for everybody")
    if bad and not heard:
        raise Problem("Not one server answered: probably the network of this machine is at fault.")
    if bad:
        raise SystemExit(1)


def _providers(path: Path | None) -> Sequence[Provider]:
    if path is None:
        return autodiscovery.built_in()
    try:
        return autodiscovery.read_providers(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"The file {str(path)[:200]!r} cannot be read: {error.strerror}.") from error
    except (ProviderFileInvalid, UnicodeDecodeError) as error:
        raise BadInput(f"The file {str(path)[:200]!r} cannot be used: {' '.join(str(error).split())[:300]}.") from error

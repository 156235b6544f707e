"""``skrzynka keys``: the keys that seal passwords."""

import click

from app.cli import database
from app.cli.problems import Problem
from app.models import rotation
from app.models.rotation import Rotated


@click.group
def keys() -> None:
    """Look after the keys that seal passwords."""


@keys.command
def rotate() -> None:
    """Seal every secret anew with the first key of SKRZYNKA_KEYS. May be stopped at any time and run again.

    First put the new key in front of the old one and restart the web server and the workers. When this command ends
    with exit code 0, the old key can go.
    """
    config = database.installed()
    with database.open_session(config) as session:
        columns = rotation.rotate(session, config.vault, publish=session.commit)
    for line in _table(columns):
        click.echo(line)
    unreadable = sum(column.unreadable for column in columns)
    if unreadable:
        raise Problem(f"{unreadable} of the secrets cannot be opened with any of the keys; keep the old ones.")


def _table(columns: list[Rotated]) -> list[str]:
    names = [f"{column.table}.{column.column}" for column in columns]
    width = max(len(name) for name in names)
    lines = [f"{'column':{width}}  sealed anew  already current  unreadable"]
    for name, column in zip(names, columns, strict=True):
        lines.append(f"{name:{width}}  {column.resealed:>11}  {column.current:>15}  {column.unreadable:>10}")
    return lines

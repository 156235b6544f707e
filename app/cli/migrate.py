"""``skrzynka migrate``: bring the tables up to date, for those who run the web server and the workers themselves."""

import click

from app.cli import database
from app.config import Config


@click.command
def migrate() -> None:
    """Bring the database up to date (`run` does it by itself)."""
    database.migrate(Config.from_environment())

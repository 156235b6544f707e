"""``skrzynka migrate``: bring the tables up to date, for those who run the web server and the workers themselves."""

import click

from app.cli.database import one_line_errors
from app.config import Config
from app.models import migrations


@click.command
def migrate() -> None:
    """Bring the database up to date (`run` does it by itself)."""
    bring_up_to_date(Config.from_environment())


def bring_up_to_date(config: Config) -> None:
    """Bring the tables up to date. Raises Problem."""
    with one_line_errors():
        migrations.upgrade(config.database_url)

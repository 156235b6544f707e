"""``skrzynka run``: the database, the queue, the workers and the web server, all from one command."""

import click

from app import clock, users
from app.cli import database
from app.cli.listening import listen
from app.cli.migrate import bring_up_to_date
from app.cli.server import Server, only_one
from app.config import Config, url_of


@click.command
def run() -> None:
    """Run everything on this machine and print the link to open."""
    serve(Config.from_environment())


def serve(config: Config, server: Server | None = None) -> None:
    """Run until Ctrl-C or SIGTERM. Raises Problem where that cannot be done."""
    try:
        with listen(config.host, config.port) as listener, only_one(config.data):
            bring_up_to_date(config)
            token = first_token(config)
            with server or Server(config) as running:
                if running.start(listener.fileno()):
                    announce(config, token)
                running.keep()
    except KeyboardInterrupt:
        # Before the children were there; afterwards the signal is theirs to handle.
        return


def first_token(config: Config) -> str | None:
    """Return the token that lets the first administrator in, or None once somebody has a password."""
    with database.open_session(config) as session:
        token = users.first_link(session, now=clock.now())
        session.commit()
        return token


def announce(config: Config, token: str | None) -> None:
    """Print the one link, on a line of its own."""
    address = url_of(config.host, config.port)
    if config.host not in ("127.0.0.1", "::1", "localhost"):
        click.echo(f"SKRZYNKA_HOST is {config.host}: other machines can reach this server, and the link below.")
    if token is None:
        click.echo("Skrzynka is running. Ctrl-C stops it.")
        click.echo(f"{address}/")
    else:
        click.echo("Skrzynka is running. This link signs in the first administrator, once, within 24 hours:")
        click.echo(f"{address}/sign-in/{token}")
        click.echo("Ctrl-C stops the server.")

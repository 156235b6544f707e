"""The ``skrzynka`` command. Each subcommand is loaded only when it is asked for: ``check`` needs no Flask."""

from importlib import import_module

import click

from app.cli.problems import BadInput
from app.config import ConfigError

COMMANDS = {
    "run": ("app.cli.run", "run"),
    "worker": ("app.cli.worker", "worker"),
    "migrate": ("app.cli.migrate", "migrate"),
    "check": ("app.cli.check", "check"),
    "suggest": ("app.cli.suggest", "suggest"),
    "fetch": ("app.cli.fetch", "fetch"),
    "providers": ("app.cli.providers", "providers"),
    "users": ("app.cli.users", "users"),
    "accounts": ("app.cli.accounts", "accounts"),
    "layouts": ("app.cli.layouts", "layouts"),
    "keys": ("app.cli.keys", "keys"),
    "doctor": ("app.cli.doctor", "doctor"),
}


class Commands(click.Group):
    """The subcommands by name; a setting that makes no sense is one line and exit code 2, whichever is asked."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click asks)
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (click asks)
        """Load one subcommand."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the subcommand that was asked for."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise BadInput(str(error)) from error


@click.group(cls=Commands)
def main() -> None:
    """Mail accounts, proven against their servers before they are saved."""

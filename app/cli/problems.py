"""What goes wrong in a command, said in one line."""

import click


class Problem(click.ClickException):
    """The command could not do its work; the message is one line for the operator. Exit code 1."""

    def show(self, file: object = None) -> None:  # noqa: ARG002  (click asks)
        """Print the line to stderr."""
        click.echo(f"skrzynka: {self.format_message()}", err=True)


class BadInput(Problem):
    """What was typed, piped or set cannot be used. Exit code 2."""

    exit_code = 2

"""``skrzynka worker``: run jobs."""

import os
import sys

import click


@click.command
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=6,
    show_default=True,
    help="Jobs that run at once; a third of them (one of two) only what somebody waits for at a form.",
)
@click.option("--without-fetching", is_flag=True, help="Leave the fetching of mail to other workers.")
def worker(processes: int, without_fetching: bool) -> None:
    """Run the jobs of the queues until SIGTERM or Ctrl-C."""
    # The worker stands above the commands (it needs the whole app), so it is a program of its own.
    arguments = [sys.executable, "-m", "app.worker", "--processes", str(processes)]
    arguments += ["--without-fetching"] if without_fetching else []
    os.execv(sys.executable, arguments)  # noqa: S606  (our own module)

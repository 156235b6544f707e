"""``skrzynka worker``: run jobs."""

import os
import sys

import click


@click.command
@click.option("--processes", type=click.IntRange(1, 64), default=4, show_default=True, help="Jobs that run at once.")
@click.option("--without-fetching", is_flag=True, help="Leave the fetching of mail to other workers.")
def worker(processes: int, without_fetching: bool) -> None:
    """Run the jobs of the queue until SIGTERM or Ctrl-C."""
    # The worker stands above the commands (it needs the whole app), so it is a program of its own.
    arguments = [sys.executable, "-m", "app.worker", "--processes", str(processes)]
    arguments += ["--without-fetching"] if without_fetching else []
    os.execv(sys.executable, arguments)  # noqa: S606  (our own module)

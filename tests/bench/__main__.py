"""Measure everything, print the table, and exit 1 if a bound is missed."""

import sys

import click

from tests.bench import autodiscovery, faults, floods, links, messages, pages, probes, verdicts
from tests.bench.house import house


def main() -> int:
    """Run all measurements against one running house."""
    with house() as running:
        figures = [
            figure
            for part in (pages, autodiscovery, probes, verdicts, messages, links, faults, floods)
            for figure in part.measure(running)
        ]
    click.echo("| figure | measured | bound | holds |\n|---|---|---|---|")
    for figure in figures:
        click.echo(figure.row())
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Measure everything, print the table, and exit 1 if a bound is missed.

``python -m tests.bench fetching`` measures the parts that are named, and no others.
"""

import sys

import click

from tests.bench import autodiscovery, faults, fetching, floods, links, messages, pages, probes, verdicts
from tests.bench.house import house

PARTS = {
    part.__name__.rpartition(".")[2]: part
    for part in (pages, autodiscovery, probes, verdicts, messages, links, faults, floods, fetching)
}


def main(*names: str) -> int:
    """Run the measurements of these names, or all, against one running house."""
    parts = [PARTS[name] for name in names or PARTS]
    with house() as running:
        figures = [figure for part in parts for figure in part.measure(running)]
    click.echo("| figure | measured | bound | holds |\n|---|---|---|---|")
    for figure in figures:
        click.echo(figure.row())
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

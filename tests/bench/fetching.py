"""How fast mail is fetched: beside a bare socket that throws it away, beside mbsync if that is there, and polls."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import click

from tests.bench import floors, polls
from tests.bench.figure import Figure, interleaved, median
from tests.bench.house import House
from tests.bench.mailboxes import MESSAGES, PASSWORD, READER, Place, Store, mailboxes
from tests.fakes.slow_link import slow_links
from tests.servers.ports import free_ports
from tests.servers.postgres import postgres_server

ROUNDS = int(os.environ.get("SKRZYNKA_BENCH_ROUNDS", "5"))
WHAT = f"Download of {MESSAGES:,} messages"


def measure(_house: House) -> list[Figure]:
    """Return the figures."""
    with mailboxes() as place:
        return [*_downloads(place), *_far(place), *polls.measure(place, ROUNDS), _memory(place)]


def _downloads(place: Place) -> list[Figure]:
    with ExitStack() as stack:
        postgres = stack.enter_context(postgres_server(durable=True))

        def new_postgres() -> str:
            return postgres.new_database().replace("postgresql://", "postgresql+psycopg://")

        actions = [
            partial(floors.download, place, place.port),
            _storing(place, place.new_sqlite),
            _storing(place, new_postgres),
            stack.enter_context(_fetching(place, place.new_sqlite, place.port)),
            stack.enter_context(_fetching(place, new_postgres, place.port)),
        ]
        if shutil.which("mbsync"):
            actions.append(partial(_mbsync, place))
        else:
            click.echo("mbsync is missing (Debian's package isync): nothing is measured beside it.", err=True)
        times = [median(each) for each in interleaved(actions, ROUNDS)]
    bare, least_sqlite, least_postgresql, sqlite, postgresql, *mbsync = times
    figures = [
        Figure(f"{WHAT} by a bare socket that throws them away", MESSAGES / bare * 1000, "/s"),
        Figure("The same bytes put into SQLite unparsed, beside the bare socket", least_sqlite / bare, "times"),
        Figure("The same bytes put into PostgreSQL unparsed, beside the bare socket", least_postgresql / bare, "times"),
        Figure(f"{WHAT}, parsed and stored: SQLite, beside the bare socket", sqlite / bare, "times", 1.5),
        Figure(f"{WHAT}, parsed and stored: PostgreSQL, beside the bare socket", postgresql / bare, "times", 1.8),
    ]
    for each in mbsync:
        figures.append(Figure("As many times as fast as mbsync: SQLite", each / sqlite, "times", least=5))
        figures.append(Figure("As many times as fast as mbsync: PostgreSQL", each / postgresql, "times", least=4))
    return figures


def _far(place: Place) -> list[Figure]:
    (port,) = free_ports(1)
    with slow_links({port: place.port}), _fetching(place, place.new_sqlite, port) as fetch:
        bare, sqlite = (median(each) for each in interleaved([partial(floors.download, place, port), fetch], ROUNDS))
    return [Figure(f"{WHAT} over 50 ms: SQLite, beside the bare socket", sqlite / bare, "times", 1.5)]


def _storing(place: Place, new_url: Callable[[], str]) -> Callable[[], None]:
    """Return what puts everything into a new database, made beforehand."""
    waiting = iter([new_url() for _ in range(ROUNDS)])
    return lambda: floors.download_and_store(place, next(waiting))


@contextmanager
def _fetching(place: Place, new_url: Callable[[], str], port: int) -> Iterator[Callable[[], None]]:
    """Yield what fetches everything into a new database, made beforehand, and closed after everything is measured."""
    stores = [Store(place, new_url(), [READER], port) for _ in range(ROUNDS)]
    waiting = iter(stores)

    def fetch() -> None:
        store = next(waiting)
        (work,) = store.works()
        report = store.fetch(work)
        assert (report.outcome, report.new) == ("ok", MESSAGES)

    yield fetch
    for store in stores:
        store.engine.dispose()


def _memory(place: Place) -> Figure:
    command = [sys.executable, "-m", "tests.bench.fetching", str(place.port), place.ca_file, str(place.folder)]
    grown = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return Figure("Growth of the memory of a fetch", grown / 1024, "MiB", 70)


def _mbsync(place: Place) -> None:
    target = place.folder / f"mbsync{next(place.numbers)}"
    (target / "box").mkdir(parents=True)
    config = target / "config"
    config.write_text(
        f"IMAPAccount a\nHost localhost\nPort {place.port}\nUser {READER}\nPass {PASSWORD}\nSSLType IMAPS\n"
        f"CertificateFile {place.ca_file}\n\nIMAPStore far\nAccount a\n\n"
        f"MaildirStore near\nPath {target}/box/\nInbox {target}/box/INBOX\n\n"
        f"Channel c\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSyncState *\nSync Pull\n"
    )
    subprocess.run(["mbsync", "-q", "-c", config, "c"], check=True, capture_output=True)
    assert len(list((target / "box" / "INBOX").glob("[cn]*/*"))) == MESSAGES
    shutil.rmtree(target)


def _peak() -> int:
    """Return the most memory that this process ever had, in KiB; getrusage counts that of its parent too."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def main(port: str, ca_file: str, folder: str) -> None:
    """Fetch in a process of its own, and print by how many KiB that made it grow."""

    place = Place(Path(folder), int(port), ca_file, count(1000))
    store = Store(place, place.new_sqlite(), [READER], place.port)
    (work,) = store.works()
    before = _peak()
    assert store.fetch(work).outcome == "ok"
    sys.stdout.write(str(_peak() - before))


if __name__ == "__main__":
    main(*sys.argv[1:])

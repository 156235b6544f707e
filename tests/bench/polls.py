"""How fast many accounts without news are looked into, beside imapclient as everybody uses it, one after the other."""

import ssl
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from imapclient import IMAPClient

from app.fetching.lines import Lines
from tests.bench import floors
from tests.bench.figure import Figure, interleaved, median
from tests.bench.mailboxes import ACCOUNTS, PASSWORD, THREADS, USERS, Place, Store

STOCK = 'beside imapclient ("log in, STATUS, log out"), one after the other'


def measure(place: Place, rounds: int) -> list[Figure]:
    """Return how many accounts a second, and how that compares."""
    store = Store(place, place.new_sqlite(), USERS, place.port)
    store.let_go([store.fetch(work).claim for work in store.works()])
    lines = Lines(place.rules)
    # Opens what is kept.
    _from_threads(store, lines)
    actions = [
        partial(_stock, place),
        partial(_one_after_the_other, store),
        partial(floors.poll, place),
        partial(_from_threads, store),
        partial(_at_a_glance, store, lines),
    ]
    stock, alone, least, threads, kept = (median(each) for each in interleaved(actions, rounds))
    lines.close()
    store.engine.dispose()
    what = f"Polls of {ACCOUNTS} accounts without news"
    return [
        Figure(f"{what}: one after the other", ACCOUNTS / alone * 1000, "/s"),
        Figure(f"{what}: raw sockets, from {THREADS} threads", ACCOUNTS / least * 1000, "/s"),
        Figure(f"The same {STOCK}", stock / least, "times"),
        Figure(f"{what}: reconnecting, from {THREADS} threads", ACCOUNTS / threads * 1000, "/s", least=250),
        Figure(f"The same {STOCK}", stock / threads, "times", least=1.9),
        Figure(f"{what}: on kept connections", ACCOUNTS / kept * 1000, "/s", least=2500),
        Figure(f"The same {STOCK}", stock / kept, "times", least=18),
    ]


def _stock(place: Place) -> None:
    context = ssl.create_default_context(cafile=place.ca_file)
    for user in USERS:
        client = IMAPClient("localhost", place.port, ssl_context=context)
        client.login(user, PASSWORD)
        client.folder_status("INBOX", ["MESSAGES", "UIDNEXT", "UIDVALIDITY", "HIGHESTMODSEQ"])
        client.logout()


def _one_after_the_other(store: Store) -> None:
    store.let_go([store.fetch(work).claim for work in store.works()])


def _from_threads(store: Store, kept: Lines | None = None) -> None:
    works = store.works()
    with ThreadPoolExecutor(THREADS) as pool:
        reports = list(pool.map(lambda work: store.fetch(work, kept), works))
    outcomes = {(report.outcome, report.unchanged) for report in reports}
    assert outcomes == {("ok", True)}, outcomes
    store.let_go([report.claim for report in reports])


def _at_a_glance(store: Store, lines: Lines) -> None:
    works = lines.without_news(store.works())
    assert len(works) == ACCOUNTS
    store.let_go([work.claim for work in works])

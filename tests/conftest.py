"""What all tests share."""

import gc
from collections import defaultdict
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from app.users import passwords
from tests.servers import commands

ROOT = Path(__file__).parent
# These take longest. They begin first, or one process would still be at them when the others have nothing left to do.
LONGEST = (
    "journeys/test_accessibility.py",
    "integration/sending/test_killed.py",
    "integration/fetching/test_killed.py",
    "web/test_forgery.py",
    "journeys",
    "integration/fetching",
)

# What is asked here, of a page or about a server's answer, has nothing to do with where things are stored.
SHARED_OUT = (
    "web",
    "integration/sending/test_faults.py",
    "integration/fetching/test_compression.py",
    "integration/fetching/test_departures.py",
    "integration/fetching/test_glances.py",
)
# The fixtures by which a test meets both kinds of database.
DATABASES = ("environment", "database_url")

pytest_plugins = ["tests.servers.fixtures", "tests.servers.store_fixtures"]


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash at next to no cost. The real one is measured where it matters; elsewhere it is most of the time."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


def pytest_sessionstart() -> None:
    """Look for garbage in what the tests make only: among so much that stays, it took a quarter of their CPU time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Leave out everything that is loaded by now, and look through the rest less often than Python would."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)
    gc.enable()


def pytest_sessionfinish() -> None:
    """Stop what was started when a test needed it first."""
    commands.end()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Share the databases out where nothing depends on them, and put the longest first; the others keep their order."""
    tests: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        tests[item.nodeid.partition("[")[0]].append(item)
    kept = [item for test in tests.values() for item in shared_out(test)]
    config.hook.pytest_deselected(items=list(set(items).difference(kept)))
    items[:] = kept
    items.sort(key=lambda item: rank(item, LONGEST))


def shared_out(test: list[pytest.Item]) -> list[pytest.Item]:
    """Return the items of one test with one kind of database for each case, in turn; all of them if it has one case.

    So each test meets both, and each of its cases one. What does depend on the database is asked of both elsewhere.
    """
    if rank(test[0], SHARED_OUT) == len(SHARED_OUT):
        return test
    cases: defaultdict[tuple[tuple[str, int], ...], list[pytest.Item]] = defaultdict(list)
    for item in test:
        # Each value stands in one list, whatever it is combined with.
        case = ((name, id(value)) for name, value in parameters_of(item).items() if name not in DATABASES)
        cases[tuple(case)].append(item)
    if len(cases) == 1:
        return test
    return [case[number % len(case)] for number, case in enumerate(cases.values())]


def parameters_of(item: pytest.Item) -> dict[str, object]:
    """Return the values of an item's parameters, by their names."""
    return dict(item.callspec.params) if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}


def rank(item: pytest.Item, places: tuple[str, ...]) -> int:
    """Return in which of ``places`` a test stands; their number, if in none of them."""
    path = item.path.relative_to(ROOT)
    return next((number for number, place in enumerate(places) if path.is_relative_to(place)), len(places))

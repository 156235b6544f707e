"""What all tests share."""

from pathlib import Path

import pytest

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

pytest_plugins = ["tests.servers.fixtures", "tests.servers.store_fixtures"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first; the others keep their order."""
    items.sort(key=lambda item: rank(item.path.relative_to(ROOT)))


def rank(path: Path) -> int:
    """Return the place of a test's file among those that take longest."""
    ranks = (number for number, place in enumerate(LONGEST) if path.is_relative_to(place))
    return next(ranks, len(LONGEST))

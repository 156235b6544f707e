"""The time, as an argument: core functions take ``now`` or a ``Clock`` and never look at the wall themselves."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the current moment, aware, in UTC."""
    return datetime.now(UTC)

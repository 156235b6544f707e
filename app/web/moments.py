"""A time as the pages say it: how long ago in words, and exactly, by the clock of the operator (SKRZYNKA_TIMEZONE)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from flask_babel import format_datetime, format_timedelta
from flask_babel import gettext as _

_A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, in words and exactly."""

    words: str
    exact: str
    machine: str


def moment_of(moment: datetime, now: datetime, *, granularity: Literal["second", "minute"] = "minute") -> Moment:
    """Return a time as the pages say it; ``granularity`` is the smallest unit of its words."""
    passed = now - moment
    just_now = granularity == "minute" and timedelta() <= passed < _A_MINUTE
    return Moment(
        words=_("just now") if just_now else format_timedelta(-passed, granularity=granularity, add_direction=True),
        exact=exactly(moment),
        machine=moment.isoformat(timespec="seconds"),
    )


def exactly(moment: datetime) -> str:
    """Return a time to the second."""
    return str(format_datetime(moment, "medium"))

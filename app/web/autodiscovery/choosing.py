"""What somebody has chosen of what was found: the address that was meant, or another way to a server."""

import re
from collections.abc import Sequence

from werkzeug.datastructures import MultiDict

from app.autodiscovery import UNVOUCHED, Found, Way
from app.mail.settings import Side
from app.web.autodiscovery.knowing import known_about
from app.web.hosts import readable_host

_WAY = re.compile(r"(imap|smtp)-([0-9]{1,2})")


def chosen(posted: MultiDict[str, str]) -> MultiDict[str, str] | None:
    """Return the form with what was chosen typed into it, or None if it was sent for something else."""
    if posted.get("meant"):
        return _with(posted, email=posted["meant"])
    way = _WAY.fullmatch(posted.get("way", ""))
    if way is None:
        return None
    side, found = Side(way[1]), known_about(posted.get("email", ""))
    ways = other_ways(found, side) if found else ()
    if int(way[2]) >= len(ways):
        return posted
    other = ways[int(way[2])]
    host = readable_host(other.host)
    typed = {"host": host, "port": str(other.port), "security": str(other.security), "username": other.username}
    return _with(posted, **{f"{side}-{part}": value for part, value in typed.items() if f"{side}-{part}" in posted})


def field_of_choice(posted: MultiDict[str, str]) -> str:
    """Return the field that what was chosen begins with."""
    way = _WAY.fullmatch(posted.get("way", ""))
    return "email" if way is None or posted.get("meant") else f"{way[1]}-host"


def other_ways(found: Found, side: Side) -> Sequence[Way]:
    """Return what may be chosen beside what is suggested.

    Where nobody vouches for the source, only other ports of the same server: what is chosen counts as typed, and so the
    password would follow to another server without a question.
    """
    suggested, ways = found.suggestion.servers.get(side), found.alternatives(side)
    if suggested is None or suggested.source not in UNVOUCHED:
        return ways
    return tuple(way for way in ways if way.host == suggested.host)


def _with(posted: MultiDict[str, str], **values: str) -> MultiDict[str, str]:
    changed = posted.copy()
    for name, value in values.items():
        changed[name] = value
    return changed

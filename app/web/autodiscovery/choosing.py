"""What somebody has chosen of what was found: the address that was meant, or another way to a server."""

import re

from werkzeug.datastructures import MultiDict

from app.mail.settings import Side
from app.web.autodiscovery.knowing import known_about


def chosen(posted: MultiDict[str, str]) -> MultiDict[str, str] | None:
    """Return the form with what was chosen typed into it, or None if it was sent for something else."""
    if posted.get("meant"):
        return _with(posted, email=posted["meant"])
    way = re.fullmatch(r"(imap|smtp)-([0-9]{1,2})", posted.get("way", ""))
    if way is None:
        return None
    side, found = Side(way[1]), known_about(posted.get("email", ""))
    ways = found.alternatives(side) if found else ()
    if int(way[2]) >= len(ways):
        return posted
    other = ways[int(way[2])]
    typed = {"host": other.host, "port": str(other.port), "security": str(other.security), "username": other.username}
    return _with(posted, **{f"{side}-{part}": value for part, value in typed.items() if f"{side}-{part}" in posted})


def _with(posted: MultiDict[str, str], **values: str) -> MultiDict[str, str]:
    changed = posted.copy()
    for name, value in values.items():
        changed[name] = value
    return changed

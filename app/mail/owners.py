"""Whose a name is, as far as names can tell."""

from functools import cache

from publicsuffixlist import PublicSuffixList

from app.mail.address import ip_of

# Hosters that give names of their own to customers and are not on the list.
_SHARED = frozenset({"home.pl", "nazwa.pl", "lh.pl", "zenbox.pl", "cyberfolks.pl", "dhosting.pl", "ovh.net", "cba.pl"})


@cache
def _suffixes() -> PublicSuffixList:
    """Return the public suffixes (com.pl, gda.pl, home.pl, duckdns.org), below which everybody can have a name.

    Read when they are first asked for: that takes a tenth of the time in which a command starts.
    """
    return PublicSuffixList()


def registrable(host: str) -> str:
    """Return the domain that somebody has registered and ``host`` belongs to; empty if there is none."""
    return "" if ip_of(host) else str(_suffixes().privatesuffix(host) or "")


def organisation_of(host: str, home: str = "") -> str:
    """Return the name to show of whoever runs ``host``: its registrable domain, or the name that a hoster has lent.

    ``home`` is a domain in which somebody has addresses: whoever was lent that name has all names below it, too.
    """
    owned = registrable(host)
    if owned and owned not in _SHARED:
        return owned
    is_below = host.endswith(f".{home}") and registrable(home) not in ("", home)
    return home if is_below else host


def same_owner(host: str, other: str) -> bool:
    """Say whether two names surely belong to the same owner."""
    owned = registrable(host)
    return bool(owned) and owned not in _SHARED and owned == registrable(other)


def has_known_ending(host: str) -> bool:
    """Say whether ``host`` ends as names on the internet do (.pl, .com.pl); nobody can have one that ends in .con."""
    return _suffixes().publicsuffix(host, accept_unknown=False) is not None

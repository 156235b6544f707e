"""Which well-known domain was meant by one that looks like a slip of the finger.

A hint and no more: whoever asks decides what to do with a domain that exists after all. Domains that are known to host
addresses are never taken for a slip, and neither is a short or far one: between vp.pl, wp.pl and mp.pl there is but a
letter, and all three are real.
"""

from functools import lru_cache

from app.autodiscovery.providers import known_domains
from app.autodiscovery.suggest import address_as_typed, suggest
from app.mail.address import host_or_none
from app.mail.owners import has_known_ending

# In the order in which they are preferred where two are equally near. Only names that many people have.
WELL_KNOWN = (
    "gmail.com", "wp.pl", "o2.pl", "interia.pl", "onet.pl", "op.pl", "vp.pl", "gazeta.pl", "tlen.pl", "outlook.com",
    "hotmail.com", "yahoo.com", "icloud.com", "poczta.onet.pl", "poczta.fm", "interia.eu", "onet.eu", "proton.me",
    "protonmail.com", "googlemail.com", "live.com", "msn.com", "aol.com", "fastmail.com", "zoho.com", "yandex.com",
    "gmx.de", "gmx.net", "web.de", "t-online.de", "freenet.de", "seznam.cz", "orange.fr", "free.fr", "libero.it",
)  # fmt: skip
# Real ones beside those of the built-in providers, each a letter away from a well-known one.
_REAL = frozenset({"mail.com", "email.com", "ymail.com", "mail.pl", "inet.pl", "hotmail.pl", "gmail.pl", "yahoo.co.jp"})
# People leave letters out of these.
_CUT_SHORT = frozenset({"co", "cm", "om"})


def meant_address(text: str) -> str | None:
    """Return the address that was probably meant by ``text``, whose domain may be none at all (``anna@wp.l``)."""
    local, _, domain = address_as_typed(text).rpartition("@")
    found = meant(domain) if local else None
    rule = suggest(f"{local}@{found}") if found else None
    return rule.email if rule else None


# Whoever types asks about the same domain with every key.
@lru_cache(maxsize=1024)
def meant(domain: str) -> str | None:
    """Return the well-known domain that was probably meant by ``domain``, or None."""
    typed = host_or_none(domain)
    if typed is None or typed in known_domains() or typed in WELL_KNOWN or typed in _REAL:
        return None
    near = ((_distance_if_slip(typed, name), place, name) for place, name in enumerate(WELL_KNOWN))
    found = min(((distance, place, name) for distance, place, name in near if distance), default=None)
    return found[2] if found else None


def _distance_if_slip(typed: str, name: str) -> int:
    """Return how far ``typed`` is from ``name`` if it looks like a slip, else 0."""
    if abs(len(typed) - len(name)) > 2:
        return 0
    own, _, ending = name.rpartition(".")
    typed_own, _, typed_ending = typed.rpartition(".")
    in_ending = 0
    if typed_ending != ending:
        slipped = not has_known_ending(typed_ending) or (ending == "com" and typed_ending in _CUT_SHORT)
        in_ending = distance(typed_ending, ending) if slipped else 9
    if in_ending > 1:
        return 0
    believed = _slips(typed_own, own, whole_ending=not in_ending)
    if abs(len(typed_own) - len(own)) > believed:
        return 0
    in_own = distance(typed_own, own) if believed and typed_own != own else int(typed_own != own)
    return in_ending + in_own if in_own <= believed else 0


def _slips(typed: str, own: str, *, whole_ending: bool) -> int:
    """Return how many slips are believed in a name: the longer it is, the fewer others are near it."""
    if len(own) >= 8 and whole_ending:
        return 2
    if len(own) >= 5:
        return 1
    # Of a short name, only what no other name would be: neighbours changed over, or a letter twice.
    doubled = any(typed == own[:place] + own[place - 1] + own[place:] for place in range(1, len(own) + 1))
    swapped = sorted(typed) == sorted(own)
    return 1 if len(own) == 4 and (doubled or swapped) else 0


def distance(one: str, other: str) -> int:
    """Return how many letters were left out, put in, mistaken or changed over with their neighbour (Damerau)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, expected in enumerate(other, 1):
            cost = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (letter != expected))
            swapped = row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == expected
            current.append(min(cost, before[column - 2] + 1) if swapped else cost)
        before, last = last, current
    return last[-1]

"""Whose mail is wanted: a list of addresses and domains, as people type it or as a table gives it."""

import csv
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.fetching.claims import begin
from app.mail.address import address_key
from app.models import Account, FetchState, ListedSender
from app.models.turns import take_turn

MOST_SENDERS = 20_000
LONGEST_SENDER = 320
# Of many lines that make no sense, so many are named.
FAULTS_NAMED = 5
_LONGEST_LINE = 2000
_BESIDE_ADDRESSES = re.compile(r"[\s<>,;:*\"()]+")
# Not a date or a telephone number: no domain ends with figures alone (RFC 3696, 2).
_DOMAIN = re.compile(r"@?((?:[\w-]{1,63}\.)+(?!\d+\Z)[\w-]{2,63})\Z")
# What tables call their columns.
_TITLES = frozenset({"email", "e-mail", "mail", "address", "adres", "domain", "domena", "sender", "nadawca"})


class SenderInvalid(Exception):
    """Lines that hold neither an address nor a domain: ``faults`` are the first of them with their numbers."""

    def __init__(self, faults: Sequence[tuple[int, str]], count: int) -> None:
        super().__init__(count)
        self.faults = tuple(faults)
        self.count = count


class TooManySenders(Exception):
    """There are more than fit in a list."""


class NoSenders(Exception):
    """There is neither an address nor a domain in a whole table."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a table names, each once, and how many of its rows named nobody and tried to name nobody."""

    patterns: tuple[str, ...]
    passed_over: int


@dataclass(frozen=True, slots=True)
class Senders:
    """Addresses, and domains with an @ before them, in the spelling that is compared."""

    patterns: frozenset[str]

    @classmethod
    def of(cls, patterns: Iterable[str]) -> Self:
        """Return the senders of a list."""
        return cls(frozenset(map(_compared, patterns)))

    def include(self, address: str) -> bool:
        """Return whether mail from ``address`` is wanted; a domain stands for those below it too."""
        address = _compared(address.strip())
        if "@" not in address or address in self.patterns:
            return address in self.patterns
        labels = address.rpartition("@")[2].split(".")
        return any(f"@{'.'.join(labels[first:])}" in self.patterns for first in range(len(labels) - 1))


def senders_in(text: str) -> list[str]:
    """Return the addresses and domains of a typed list, each once. Raises SenderInvalid, TooManySenders.

    Of a line with an address in it, names and other columns may stand beside it.
    """
    return list(_read(text, is_fault=lambda _line: True).patterns)


def senders_in_table(text: str) -> Table:
    """Return the addresses and domains of a CSV table. Raises SenderInvalid, TooManySenders, NoSenders.

    Address books hold people without an address: their rows are passed over. Where one was tried, it has to be right.
    """
    table = _read(text, is_fault=_tries_to_name)
    if not table.patterns:
        raise NoSenders
    return table


def list_senders(session: Session, account_id: int) -> list[str]:
    """Return the listed senders of an account, as people type them."""
    listed = select(ListedSender.pattern).where(ListedSender.account_id == account_id).order_by(ListedSender.pattern)
    return [pattern.removeprefix("@") for pattern in session.scalars(listed)]


def set_senders(session: Session, account: Account, patterns: Collection[str], *, only: bool, now: datetime) -> None:
    """Fetch mail of these senders alone (``only``), or of everybody. What was left out before is not fetched later."""
    begin(session, account.id, now=now)
    take_turn(session, [account.id])
    session.execute(delete(ListedSender).where(ListedSender.account_id == account.id))
    if patterns:
        session.execute(insert(ListedSender), [{"account_id": account.id, "pattern": each} for each in patterns])
    state = update(FetchState).where(FetchState.account_id == account.id).values(listed_senders_only=only)
    session.execute(state.execution_options(synchronize_session=False))


def senders_of(session: Session, account_ids: Sequence[int]) -> dict[int, Senders]:
    """Return the lists of those accounts that fetch from listed senders only."""
    limited = select(FetchState.account_id).where(
        FetchState.account_id.in_(account_ids), FetchState.listed_senders_only
    )
    found: dict[int, set[str]] = {account_id: set() for account_id in session.scalars(limited)}
    listed = select(ListedSender.account_id, ListedSender.pattern).where(ListedSender.account_id.in_(found))
    for account_id, pattern in session.execute(listed):
        found[account_id].add(pattern)
    return {account_id: Senders.of(patterns) for account_id, patterns in found.items()}


def _compared(address: str) -> str:
    """Return the one spelling of an address or of a domain behind an @: other letters travel as A-labels."""
    # Lists are long, and hardly anything in them has other letters.
    return address.casefold() if address.isascii() else address_key(address)


def _read(text: str, *, is_fault: Callable[[str], bool]) -> Table:
    found: dict[str, None] = {}
    faults: list[tuple[int, str]] = []
    passed_over = 0
    for number, line in enumerate(text.replace("\0", "").splitlines(), 1):
        patterns = _patterns_of(line)
        if patterns is not None:
            found.update(dict.fromkeys(patterns))
        elif is_fault(line):
            faults.append((number, line.strip()))
        else:
            passed_over += 1
    if faults:
        raise SenderInvalid(faults[:FAULTS_NAMED], len(faults))
    if len(found) > MOST_SENDERS:
        raise TooManySenders
    return Table(tuple(found), passed_over)


def _tries_to_name(line: str) -> bool:
    # Spaces and figures tell "Firma sp. z o.o." and "12.03.1980" from a domain.
    return len(line) > _LONGEST_LINE or any(
        "@" in cell or ("." in cell and " " not in cell and any(map(str.isalpha, cell))) for cell in _cells(line)
    )


def _patterns_of(line: str) -> list[str] | None:
    """Return what a line names; None: nothing, although something is there that is no heading of a table."""
    if len(line) > _LONGEST_LINE:
        return None
    # "*@infirma.pl" and "*.infirma.pl" are other ways to say "@infirma.pl", which stands for what is below it too.
    cells = [cell.replace("*@", "@").replace("@*.", "@").removeprefix("*.") for cell in _cells(line)]
    patterns = _patterns(cells)
    is_heading = any(cell.casefold() in _TITLES for cell in cells)
    return patterns if patterns or is_heading or not cells else None


def _cells(line: str) -> list[str]:
    row = next(csv.reader([line.replace(";", ",").replace("\t", ",")]), [])
    return [cell.strip() for cell in row if cell.strip()]


def _patterns(cells: Sequence[str]) -> list[str]:
    words = [word for cell in cells for word in _BESIDE_ADDRESSES.split(cell)]
    addresses = [word.casefold() for word in words if _is_address(word)]
    if addresses:
        return addresses
    domains = [found for cell in cells if (found := _DOMAIN.match(cell))]
    return [f"@{found[1].casefold()}"[:LONGEST_SENDER] for found in domains]


def _is_address(word: str) -> bool:
    local, _, domain = word.partition("@")
    return bool(local) and "@" not in domain and "." in domain[1:-1] and len(word) <= LONGEST_SENDER

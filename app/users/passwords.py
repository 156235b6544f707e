"""Passwords of people: argon2id (RFC 9106) and a floor for their strength.

Length is what counts (NIST SP 800-63B, 5.1.1.2): no rule about capitals or digits, but the passwords that everybody
tries first are refused.
"""

from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from app.mail.address import address_key

MINIMUM_LENGTH = 10

# The commonest of at least ten characters in published lists, Polish ones included.
_COMMONEST = frozenset(
    """
    1234567890 0123456789 12345678910 0987654321 1111111111 0000000000 1q2w3e4r5t 1qaz2wsx3edc qwertyuiop qwerty1234
    qwerty12345 qwerty123456 zaq12wsxcde zaq1zaq1zaq1 password12 password123 password1234 passw0rd123 p@ssw0rd123
    haslo12345 haslo123456 mojehaslo1 administrator admin12345 admin123456 adminadmin iloveyou12 letmein123 welcome123
    changeme123 skrzynka123 skrzynka1234 polska1234 polska12345 asdfghjkl1 asdfghjkl; q1w2e3r4t5 abcdefghij
    """.split()  # noqa: SIM905  (a list of forty quoted words is harder to read)
)

_hasher = PasswordHasher()


class Weakness(StrEnum):
    """Why a password is refused."""

    SHORT = "short"
    ADDRESS = "address"
    COMMON = "common"


class PasswordTooWeak(Exception):
    """The password would be guessed; ``weakness`` says why."""

    def __init__(self, weakness: Weakness) -> None:
        super().__init__(f"the password is too weak: {weakness}")
        self.weakness = weakness


def check_strength(password: str, *, email: str) -> None:
    """Refuse a password that is short, common, repetitive or the person's own address. Raises PasswordTooWeak."""
    lowered = password.casefold()
    if len(password) < MINIMUM_LENGTH:
        raise PasswordTooWeak(Weakness.SHORT)
    local, _at, domain = (key := address_key(email)).rpartition("@")
    is_domain = address_key(f"@{password}") == f"@{domain}"
    if key and (address_key(password) == key or lowered.strip() == local or is_domain):
        raise PasswordTooWeak(Weakness.ADDRESS)
    if lowered in _COMMONEST or len(set(lowered)) < 4:
        raise PasswordTooWeak(Weakness.COMMON)


def hashed(password: str) -> str:
    """Return the argon2id hash of ``password``, with its parameters and salt."""
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Say whether ``password`` is the stored one. Without a stored one it takes the same time and is never right."""
    try:
        return _hasher.verify(stored or _decoy(), password) and stored is not None
    except (Argon2Error, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Say whether ``stored`` was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _decoy() -> str:
    """Return a hash with today's parameters that no password matches: its digest is all zeros."""
    salt, digest = "A" * 22, "A" * 43
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"

"""What an opened form carries besides its fields: who it is, which certificates it trusts, what stands against it."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from app.autodiscovery import Memory
from app.mail.tls import canonical_pin
from app.web.accounts.wording import grouped
from app.web.visit import current_visit


def memory_in(posted: MultiDict[str, str]) -> Memory:
    """Return what a form that was sent remembers, and to whom a password may be sent as far as it says."""
    return Memory.parse(posted.get("suggested", "")).agreeing_to(posted.getlist("trusted"))


def account_in(posted: Mapping[str, str]) -> int | None:
    """Return the account that a form was sent for; a link opens none that there is, whatever is posted to it."""
    return number_in(posted.get("account")) if current_visit() is None else None


def number_in(text: str | None) -> int | None:
    """Return the number in a hidden input, or None."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why a form cannot be saved over the account that there is by now, in words.

    ``account_id`` is None: that account is gone. ``newer`` is its version where the form may replace it all the same.
    """

    reason: str
    account_id: int | None = None
    newer: int | None = None


@dataclass(frozen=True, slots=True)
class Pin:
    """The one certificate (SHA-256) that a side trusts, and the place (``host:port``) that it was chosen for."""

    sha256: str
    place: str

    @property
    def grouped(self) -> str:
        """The fingerprint in groups of four, as people compare it."""
        return grouped(self.sha256)

    @classmethod
    def parse(cls, sha256: str, place: str) -> "Pin | None":
        """Return the pin that a form carries, or None if it carries none."""
        canonical = canonical_pin(sha256)
        return cls(canonical, place) if re.fullmatch(r"[0-9a-f]{64}", canonical) else None


@dataclass(frozen=True, slots=True)
class Opened:
    """What one opened form carries in hidden inputs from answer to answer.

    ``submission`` is random and names the form; ``version`` is the account's, as the person saw it; ``held_id`` is the
    last test of this form, which keeps its passwords; ``additional`` says whether the additional data is shown;
    ``memory`` is what was suggested.
    """

    submission: str
    account_id: int | None = None
    version: int | None = None
    held_id: str | None = None
    additional: bool = False
    memory: Memory = field(default_factory=lambda: Memory({}))

    @classmethod
    def fresh(cls, **values: Any) -> "Opened":
        """Return the state of a form that has just been opened."""
        return cls(submission=secrets.token_urlsafe(16), **values)

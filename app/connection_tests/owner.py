"""Whose a connection test is."""

from dataclasses import dataclass
from typing import Self

from app.models import ConnectionTest


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody who tests: a person who is signed in, or whoever holds one link to an embedded form."""

    user_id: int | None = None
    link_id: str | None = None

    def __post_init__(self) -> None:
        if (self.user_id is None) is (self.link_id is None):
            raise ValueError("a test belongs to a person or to a link")

    def __str__(self) -> str:
        """Return a name that no other owner has."""
        return f"link {self.link_id}" if self.user_id is None else f"user {self.user_id}"

    @classmethod
    def of(cls, test: ConnectionTest) -> Self:
        """Return whose ``test`` is."""
        return cls(user_id=test.user_id, link_id=test.link_id)

"""Somebody who came by the link of an embedded form, instead of by signing in."""

from dataclasses import dataclass
from typing import Self, cast

from flask import g

from app.embed import matches
from app.models import EmbedClient, EmbedLink


@dataclass(frozen=True, slots=True)
class Visit:
    """What the link behind a request says, and the site that asked for it.

    A copy: it holds whatever becomes of the two while the request is answered. A return address that the site has
    withdrawn since is none.
    """

    link_id: str
    email: str | None
    name: str | None
    return_address: str | None
    state: str | None
    origins: tuple[str, ...]
    locale: str | None
    layout_id: int | None
    starts_active: bool

    @classmethod
    def of(cls, link: EmbedLink, client: EmbedClient) -> Self:
        """Return the visit by ``link`` of ``client``."""
        registered = link.return_address is not None and matches(link.return_address, client.return_addresses)
        return cls(
            link_id=link.id,
            email=link.email,
            name=link.name,
            return_address=link.return_address if registered else None,
            state=link.state,
            origins=tuple(client.origins),
            locale=client.locale,
            layout_id=client.layout_id,
            starts_active=client.starts_active,
        )

    @property
    def submission(self) -> str:
        """The name of the one form that the link opens, however often it is loaded."""
        return f"link-{self.link_id}"


class OriginUnknown(Exception):
    """The page that asks for an embedded form is none of the client's."""


def current_visit() -> Visit | None:
    """Return the visit that this request belongs to; None: it is about our own pages."""
    return cast("Visit | None", g.get("visit"))


def begin(visit: Visit) -> None:
    """Make this request a part of ``visit``."""
    g.visit = visit

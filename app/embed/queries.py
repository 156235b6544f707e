"""Reading clients and links."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.embed.operations import ClientNotFound, key_hash
from app.models import EmbedClient, EmbedLink


def get(session: Session, client_id: int) -> EmbedClient:
    """Return a client. Raises ClientNotFound."""
    found = session.get(EmbedClient, client_id)
    if found is None:
        raise ClientNotFound(client_id)
    return found


def list_all(session: Session) -> Sequence[EmbedClient]:
    """Return all clients by name."""
    return session.scalars(select(EmbedClient).order_by(func.lower(EmbedClient.name), EmbedClient.id)).all()


def find_by_key(session: Session, key: str) -> EmbedClient | None:
    """Return the client whose key this is, or None.

    Only hashes are compared, so that the time it takes says nothing about how much of a guessed key was right.
    """
    return session.scalars(select(EmbedClient).where(EmbedClient.key_hash == key_hash(key))).one_or_none()


def accounts_added(session: Session) -> Mapping[int, int]:
    """Return how many of its links have become accounts, by the id of the client; links are kept for a week."""
    used = select(EmbedLink.client_id, func.count().label("added")).where(EmbedLink.used_at.is_not(None))
    return {row.client_id: row.added for row in session.execute(used.group_by(EmbedLink.client_id))}


def starts_active(session: Session, link_id: str) -> bool:
    """Say whether the account that comes of a link is active from the beginning."""
    client_of_link = select(EmbedClient.starts_active).join(EmbedLink, EmbedLink.client_id == EmbedClient.id)
    return bool(session.scalar(client_of_link.where(EmbedLink.id == link_id)))

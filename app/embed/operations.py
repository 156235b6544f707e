"""Writes about clients and their links. The caller commits; after an exception it rolls back first."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Update, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.models import EmbedClient, EmbedLink

# Of all ways in, a link is the one that needs no password: without a cap it would let its holder try passwords against
# any mail server. Nobody needs twenty tests for one account.
MOST_PROBES = 20
# How long a link can still say what became of it.
_KEPT = timedelta(days=7)
# Recognised by whoever searches code and logs for keys that slipped in.
_PREFIX = "skz_"


class ClientNotFound(Exception):
    """There is no such client, or there is none any more."""


class ClientChangedMeanwhile(Exception):
    """Somebody else has changed the client since its form was opened; ``version`` is what it is at now."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


class NameTaken(Exception):
    """Another client has this name."""


class LayoutGone(Exception):
    """The chosen layout was deleted meanwhile."""


class LinkUsed(Exception):
    """An account has come of this link already, or the link is gone."""


@dataclass(frozen=True, slots=True)
class ClientDetails:
    """What an administrator says about a client; addresses as ``parse_origin`` and ``parse_return_address`` give."""

    name: str
    origins: tuple[str, ...] = ()
    return_addresses: tuple[str, ...] = ()
    layout_id: int | None = None
    locale: str | None = None
    link_minutes: int = 30
    starts_active: bool = True


def key_hash(key: str) -> str:
    """Return what is kept of ``key``. It is random, so nothing slower than SHA-256 is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


def register(session: Session, details: ClientDetails, *, now: datetime) -> tuple[EmbedClient, str]:
    """Return a new client and its key, which nobody can learn again. Raises NameTaken, LayoutGone."""
    key = _new_key()
    client = EmbedClient(key_hash=key_hash(key), created_at=now)
    with _unless_refused(session, client, details):
        _fill(client, details, now)
        session.add(client)
    return client, key


def change(
    session: Session, client: EmbedClient, details: ClientDetails, *, expected_version: int, now: datetime
) -> None:
    """Have ``client`` be as ``details`` say; links that it has keep their time.

    Raises NameTaken, LayoutGone, ClientNotFound, ClientChangedMeanwhile.
    """
    if client.version != expected_version:
        raise ClientChangedMeanwhile(client.version)
    with _unless_refused(session, client, details):
        _fill(client, details, now)


def renew_key(session: Session, client: EmbedClient, *, now: datetime) -> str:
    """Return a new key for ``client``; the old one is refused from now on, links that it asked for stay valid.

    Raises ClientNotFound.
    """
    key = _new_key()
    statement = update(EmbedClient).where(EmbedClient.id == client.id)
    if not _changes_one(session, statement.values(key_hash=key_hash(key), changed_at=now)):
        raise ClientNotFound(client.id)
    return key


def remove(session: Session, client: EmbedClient) -> None:
    """Delete ``client`` with its links. The accounts that came of them stay."""
    session.execute(delete(EmbedLink).where(EmbedLink.client_id == client.id))
    session.execute(delete(EmbedClient).where(EmbedClient.id == client.id))


def claim(session: Session, link_id: str, *, now: datetime) -> None:
    """Use the link up, in the transaction that creates its account: a rollback gives it back. Raises LinkUsed.

    One UPDATE decides: of two at the same time the second waits for the first and finds nothing left to change. The
    end of the link's life is not looked at: a test that was begun in time may save what passed a little later.
    """
    unused = (EmbedLink.id == link_id) & EmbedLink.used_at.is_(None)
    if not _changes_one(session, update(EmbedLink).where(unused).values(used_at=now)):
        raise LinkUsed(link_id)


def record_account(session: Session, link_id: str, account_id: int) -> None:
    """Remember which account came of the link."""
    session.execute(update(EmbedLink).where(EmbedLink.id == link_id).values(account_id=account_id))


def count_probe(session: Session, link_id: str, *, most: int = MOST_PROBES) -> bool:
    """Count one more test for the link; False, and nothing counted, where it has had ``most`` of them."""
    left = (EmbedLink.id == link_id) & (EmbedLink.probes < most)
    return _changes_one(session, update(EmbedLink).where(left).values(probes=EmbedLink.probes + 1))


def forget_expired(session: Session, *, now: datetime) -> None:
    """Delete links that ended so long ago that nobody asks for them."""
    session.execute(delete(EmbedLink).where(EmbedLink.expires_at <= now - _KEPT))


def _changes_one(session: Session, statement: Update) -> bool:
    changed: int = session.execute(statement).rowcount  # type: ignore[attr-defined]  # what UPDATE returns is a CursorResult
    return changed == 1


def _new_key() -> str:
    return _PREFIX + secrets.token_urlsafe(32)


def _fill(client: EmbedClient, details: ClientDetails, now: datetime) -> None:
    client.name = details.name
    client.origins = list(details.origins)
    client.return_addresses = list(details.return_addresses)
    client.layout_id = details.layout_id
    client.locale = details.locale
    client.link_minutes = details.link_minutes
    client.starts_active = details.starts_active
    client.changed_at = now


@contextmanager
def _unless_refused(session: Session, client: EmbedClient, details: ClientDetails) -> Iterator[None]:
    client_id = client.id
    # The database decides, not a look beforehand: of two administrators at the same time one is told.
    try:
        with session.begin_nested():
            yield
            session.flush()
    except IntegrityError as error:
        same_name = select(EmbedClient.id).where(EmbedClient.name == details.name, EmbedClient.id != client_id)
        raise (NameTaken if session.scalar(same_name) is not None else LayoutGone)(details.name) from error
    except StaleDataError as error:
        version = session.scalar(select(EmbedClient.version).where(EmbedClient.id == client_id))
        if version is None:
            raise ClientNotFound(details.name) from error
        raise ClientChangedMeanwhile(version) from error

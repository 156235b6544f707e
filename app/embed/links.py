"""Links to an embedded form: issued, read, found. The token in a link is a random id and a signature over it.

The signature keeps made-up tokens away from the database; what a link may do stands in its row. The caller commits.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote_plus

from itsdangerous import Signer
from sqlalchemy.orm import Session

from app.embed.addresses import matches
from app.models import EmbedClient, EmbedLink
from app.vault import Vault

# As it stands in an address: it comes back in a header, and those of a few kilobytes are refused on the way.
LONGEST_STATE = 2000

_PURPOSE = "embed-link"
# The id has 24 characters, the signature is SHA-256 in base64 without padding.
_TOKEN = re.compile(r"([A-Za-z0-9_-]{24})\.[A-Za-z0-9_-]{43}\Z")


class Reason(StrEnum):
    """Why a link cannot be used."""

    TAMPERED = "tampered"
    EXPIRED = "expired"
    USED = "used"


class LinkUnusable(Exception):
    """The link leads to no form. ``reason`` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class ReturnAddressUnknown(Exception):
    """The wanted return address is not, letter by letter, one of the client's."""


class StateInvalid(Exception):
    """The state is too long, or holds characters that cannot be printed."""


def link_keys(vault: Vault) -> list[bytes]:
    """Return what signs links, the current one first; what an older key has signed stays valid after a rotation."""
    return [vault.derive(_PURPOSE, key_id=key_id) for key_id in vault.keys]


def issue(
    session: Session,
    client: EmbedClient,
    *,
    email: str | None,
    name: str | None,
    return_address: str | None,
    state: str | None,
    keys: Sequence[bytes],
    now: datetime,
) -> tuple[str, EmbedLink]:
    """Return the token of a new link for ``client``, and the link. Raises ReturnAddressUnknown, StateInvalid.

    Without a return address, even where only one is registered, the page tells its parent when the account is there.
    """
    if return_address is not None and not matches(return_address, client.return_addresses):
        raise ReturnAddressUnknown(client.name)
    if state is not None and (not state.isprintable() or len(quote_plus(state)) > LONGEST_STATE):
        raise StateInvalid(f"{len(state)} characters")
    link = EmbedLink(
        id=secrets.token_urlsafe(18),
        client_id=client.id,
        email=email,
        name=name,
        return_address=return_address,
        state=state,
        expires_at=now + timedelta(minutes=client.link_minutes),
        # Said, not left out: otherwise a claim in this very session would not see that it is empty.
        used_at=None,
        created_at=now,
    )
    session.add(link)
    session.flush()
    return _signed(link.id, keys[0]), link


def read(token: str, keys: Sequence[bytes]) -> str:
    """Return the id of the link that ``token`` leads to. Asks no database. Raises LinkUnusable."""
    found = _TOKEN.match(token)
    # The whole token is compared, not the signature in it: base64 can be written in more than one way.
    if found is None or not any(hmac.compare_digest(_signed(found[1], key), token) for key in keys):
        raise LinkUnusable(Reason.TAMPERED)
    return found[1]


def find(session: Session, token: str, *, keys: Sequence[bytes]) -> EmbedLink:
    """Return the link that ``token`` leads to, used or not. Raises LinkUnusable."""
    link = session.get(EmbedLink, read(token, keys))
    if link is None:
        raise LinkUnusable(Reason.EXPIRED)  # signed, but forgotten since, or gone with its client
    return link


def refuse_ended(link: EmbedLink, *, now: datetime) -> None:
    """Raise LinkUnusable unless ``link`` may still be filled in."""
    if link.used_at is not None:
        raise LinkUnusable(Reason.USED)
    if link.expires_at <= now:
        raise LinkUnusable(Reason.EXPIRED)


def _signed(link_id: str, key: bytes) -> str:
    signer = Signer(key, salt=_PURPOSE, key_derivation="hmac", digest_method=hashlib.sha256)
    return signer.sign(link_id).decode()

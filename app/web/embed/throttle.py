"""How often the server of a client may ask, and how often a key may be guessed."""

from collections.abc import Callable
from hashlib import sha256
from typing import ParamSpec, cast

from flask import Response, g, request
from flask_limiter.util import get_remote_address

from app.extensions import limiter

P = ParamSpec("P")

PER_CLIENT = "60 per minute"
WRONG_KEYS = "10 per minute"


def throttled(view: Callable[P, Response]) -> Callable[P, Response]:
    """Answer 429 to a client that asks too often, and to whoever has sent too many wrong keys."""
    by_client = limiter.limit(PER_CLIENT, key_func=_client)
    by_address = limiter.limit(WRONG_KEYS, key_func=get_remote_address, deduct_when=_was_wrong)
    return cast(Callable[P, Response], by_address(by_client(view)))


def bearer() -> str:
    """Return the key that came along (RFC 6750, 2.1), or an empty text."""
    given = request.authorization
    return given.token or "" if given is not None and given.type == "bearer" else ""


def count_wrong_key() -> None:
    """Let the current request count as a wrong key."""
    g.wrong_key = True


def _client() -> str:
    # Asked before the database knows whose key it is. The key itself stays out of the place where requests are counted.
    return f"embed-client:{sha256(bearer().encode()).hexdigest()}"


def _was_wrong(_response: Response) -> bool:
    return bool(g.get("wrong_key", False))

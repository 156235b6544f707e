"""How often a password may be guessed.

Only wrong guesses count, so that people who know their password never meet the limit. Requests that run at the same
time are counted when they end; no more of them can slip through than the server has threads.
"""

from collections.abc import Callable
from typing import ParamSpec, cast

from flask import Response, g, request
from flask_limiter.util import get_remote_address
from flask_login import current_user

from app.extensions import limiter
from app.mail.address import address_key
from app.web.access import current_person

P = ParamSpec("P")

PER_PERSON = "10 per 15 minutes"
PER_CLIENT = "50 per 15 minutes"


def throttled(view: Callable[P, Response]) -> Callable[P, Response]:
    """Answer 429 once too many passwords were wrong, for one person or from one client."""
    by_person = limiter.limit(PER_PERSON, key_func=_person, deduct_when=_was_wrong)
    by_client = limiter.limit(PER_CLIENT, key_func=get_remote_address, deduct_when=_was_wrong)
    return cast(Callable[P, Response], by_client(by_person(view)))


def count_wrong_guess() -> None:
    """Let the current request count as a wrong guess."""
    g.wrong_guess = True


def _person() -> str:
    if current_user.is_authenticated:
        return f"person:{current_person().id}"
    return "address:" + address_key(request.form.get("email", ""))[:320]


def _was_wrong(_response: Response) -> bool:
    return bool(g.get("wrong_guess", False))

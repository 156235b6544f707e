"""``POST /api/embed-links``: the server of a registered client asks for a link. A key instead of a session."""

from flask import Blueprint, Response, jsonify, request, url_for
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import RequestEntityTooLarge

from app import clock, embed
from app.embed import ReturnAddressUnknown, StateInvalid
from app.extensions import csrf, current_config, db
from app.models import EmbedClient, EmbedLink
from app.web.access import public
from app.web.embed.asking import RequestRefused, Wanted, read_wanted
from app.web.embed.throttle import bearer, count_wrong_key, throttled
from app.web.embed.wording import Fault, state_sentence
from app.web.errors import seconds_to_wait

api = Blueprint("embed_api", __name__, url_prefix="/api")
# There is no session and no cookie that somebody else's page could make use of.
csrf.exempt(api)


@api.post("/embed-links")
@public
@throttled
def create_link() -> Response:
    """Issue a link and return its address."""
    client = _client()
    token, link = _issue(client, read_wanted(request, client))
    db.session.commit()
    answer = jsonify(
        url=url_for("embed.form", token=token, _external=True),
        expires_at=f"{link.expires_at:%Y-%m-%dT%H:%M:%SZ}",
        origins=client.origins,
    )
    answer.status_code = 201
    return answer


@api.errorhandler(RequestRefused)
def refused(refusal: RequestRefused) -> Response:
    """Say what is wrong, to a program and to whoever writes it."""
    answer = jsonify(error=refusal.fault, field=refusal.field, message=refusal.message)
    answer.status_code = refusal.status
    if refusal.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Skrzynka"'
    return answer


@api.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> Response:
    """Say that nothing so large is read."""
    return refused(RequestRefused(413, Fault.TOO_LARGE))


@api.errorhandler(RateLimitExceeded)
def too_often(_error: RateLimitExceeded) -> Response:
    """Say when to try again."""
    answer = refused(RequestRefused(429, Fault.TOO_MANY_REQUESTS))
    answer.headers["Retry-After"] = str(seconds_to_wait())
    return answer


def _client() -> EmbedClient:
    """Return whose key came along. Raises RequestRefused."""
    key = bearer()
    client = embed.find_by_key(db.session, key) if key else None
    if client is None:
        count_wrong_key()
        raise RequestRefused(401, Fault.UNAUTHORIZED)
    return client


def _issue(client: EmbedClient, wanted: Wanted) -> tuple[str, EmbedLink]:
    """Issue the link. Raises RequestRefused."""
    try:
        return embed.issue(
            db.session,
            client,
            email=wanted.email,
            name=wanted.name,
            return_address=wanted.return_address,
            state=wanted.state,
            keys=embed.link_keys(current_config().vault),
            now=clock.now(),
        )
    except ReturnAddressUnknown as error:
        raise RequestRefused(422, Fault.NOT_REGISTERED, "return_address") from error
    except StateInvalid as error:
        raise RequestRefused(422, Fault.INVALID, "state", state_sentence()) from error

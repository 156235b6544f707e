"""Whoever comes by a link: which pages it opens, in which frame, and which other origins may read them."""

from collections.abc import Sequence

from flask import Flask, Response, abort, g, make_response, request

from app import clock, embed
from app.embed import ClientNotFound, LinkUnusable, Reason
from app.extensions import EMBED_TOKEN, current_config, db
from app.models import EmbedClient, EmbedLink
from app.web import surroundings
from app.web.access import is_open_after_the_end
from app.web.embed.paths import TokenPaths
from app.web.headers import security_policy
from app.web.surroundings import MOUNTED, Surroundings
from app.web.visit import OriginUnknown, Visit, begin, current_visit

# What htmx asks with, in its present and its last edition, and what of our answers it has to read.
_ASKED_WITH = (
    "HX-Boosted, HX-Current-URL, HX-History-Restore-Request, HX-Prompt, HX-Request, HX-Request-Type, HX-Source, "
    "HX-Target, HX-Trigger, HX-Trigger-Name"
)
_ANSWERED_WITH = "HX-Redirect, HX-Reswap, HX-Retarget, HX-Trigger, Retry-After"


def init_app(app: Flask) -> None:
    """Let links in, before anybody is asked who they are."""
    # The address that links are made of; what is asked there is heard below the token.
    app.add_url_rule("/embed/<token>", "embed.form", build_only=True)
    app.wsgi_app = TokenPaths(app.wsgi_app)  # type: ignore[method-assign]  # how Flask is wrapped
    app.before_request(_let_in)
    app.after_request(_protect)
    app.jinja_env.globals.update(
        is_embedded=lambda: EMBED_TOKEN in request.environ,
        embed_origins=_framed_by,
    )


def _let_in() -> Response | None:
    token = request.environ.get(EMBED_TOKEN)
    if token is None:
        return None
    if MOUNTED in request.environ:
        abort(404)  # a host asks everybody who they are, which whoever comes by a link cannot say
    # Until more is known: no chrome, and nobody's page around it.
    surroundings.settle(Surroundings(pages="embedded"))
    try:
        link = embed.find(db.session, token, keys=embed.link_keys(current_config().vault))
        visit = Visit.of(link, _client_of(link))
    except LinkUnusable:
        g.link_leads_nowhere = True
        raise
    begin(visit)
    if _is_foreign() and request.origin not in visit.origins:
        raise OriginUnknown(request.origin)
    # Also in a page of ours: a form of sections leads there where no script runs, and stays one of sections.
    wishes = surroundings.wishes()
    surroundings.settle(Surroundings(pages="embedded", guest=_is_foreign(), foreign=_is_foreign(), **wishes))
    if request.method == "OPTIONS":
        return make_response("", 204)
    if not is_open_after_the_end():
        embed.refuse_ended(link, now=clock.now())
    return None


def _client_of(link: EmbedLink) -> EmbedClient:
    try:
        return embed.get(db.session, link.client_id)
    except ClientNotFound as gone:
        raise LinkUnusable(Reason.EXPIRED) from gone


def _framed_by() -> Sequence[str]:
    """Return the origins whose pages may have the answer in a frame."""
    visit = current_visit()
    if visit is not None:
        return visit.origins
    # Whose page such a link was made for, nobody knows; what says so there has neither a form nor a secret.
    return ("*",) if g.get("link_leads_nowhere", False) else ()


def _is_foreign() -> bool:
    return request.origin is not None and request.origin != request.host_url.rstrip("/")


def _protect(response: Response) -> Response:
    visit, framed_by = current_visit(), _framed_by()
    if visit is None and not framed_by:
        return response
    # Browsers ask "form-action" also about where an answer to a form leads on to.
    back = visit.return_address if visit is not None else None
    policy = security_policy(ancestors=framed_by, forms=[embed.origin_of(back)] if back else [])
    response.headers["Content-Security-Policy"] = policy
    # A page that isolates itself may frame only what agrees to it.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if visit is not None:
        _let_read(response, visit)
    return response


def _let_read(response: Response, visit: Visit) -> None:
    response.vary.add("Origin")
    if request.origin in visit.origins and _is_foreign():
        response.headers["Access-Control-Allow-Origin"] = request.origin
        response.headers["Access-Control-Expose-Headers"] = _ANSWERED_WITH
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, POST"
            response.headers["Access-Control-Allow-Headers"] = _ASKED_WITH
            response.headers["Access-Control-Max-Age"] = "600"  # seconds

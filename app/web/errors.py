"""Pages for what went wrong: what it means and what to do, in the person's language.

To htmx the same is said in a notice above the page, so that nothing that was typed is replaced.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask, Response, current_app, flash, make_response, request
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError, generate_csrf
from werkzeug.exceptions import HTTPException, Unauthorized

from app.accounts import AccountNotFound
from app.embed import ClientNotFound, LinkUnusable, Reason
from app.extensions import QueueUnavailable, limiter
from app.logs import without_words
from app.web.access import ask_to_sign_in, sign_in_is_missing
from app.web.surroundings import dom_id
from app.web.visit import OriginUnknown

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an error page says; ``signed_out``: it also leads to where one signs in."""

    title: str
    advice: str
    signed_out: bool = False


def init_app(app: Flask) -> None:
    """Answer every error of ``app`` with a page."""
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(Unauthorized, _sign_in_needed)
    app.register_error_handler(RateLimitExceeded, _too_often)
    app.register_error_handler(QueueUnavailable, _queue_unavailable)
    app.register_error_handler(AccountNotFound, _account_not_found)
    app.register_error_handler(ClientNotFound, _client_not_found)
    app.register_error_handler(LinkUnusable, _link_unusable)
    app.register_error_handler(OriginUnknown, _origin_unknown)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def answer(status: int, trouble: Trouble) -> Response:
    """Return the error page, or a notice for htmx, with ``status``."""
    to_htmx = request.headers.get("HX-Request") == "true"
    # Not through render_template: its context asks for the person, and so for the database, which may be what broke.
    template = current_app.jinja_env.get_template("errors/_error.html" if to_htmx else "errors/error.html")
    response = make_response(template.render(trouble=trouble, language=str(get_locale())), status)
    response.vary.add("HX-Request")
    if to_htmx:
        response.headers["HX-Retarget"] = f"#{dom_id('notices')}"
        response.headers["HX-Reswap"] = "innerHTML show:top"
    return response


def seconds_to_wait() -> int:
    """Return how long somebody who came too often has to wait until there is room again."""
    limit = limiter.current_limit
    if limit is None:
        return 60
    left = round(limit.reset_at - datetime.now(UTC).timestamp())
    # The end is rounded up to whole seconds: 901 of 900 would read as sixteen minutes.
    return min(max(1, left), limit.limit.get_expiry())


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    trouble = _TROUBLES.get(status, _broken)()
    response = answer(status, trouble)
    if status == 405:
        response.headers.extend(error.get_headers())
    return response


def _unexpected(error: Exception) -> Response:
    _log.error("%s %s failed: %s", request.method, request.url_rule, without_words(error))
    return answer(500, _broken())


def _account_not_found(_error: AccountNotFound) -> Response:
    return answer(404, _account_gone())


def _client_not_found(_error: ClientNotFound) -> Response:
    return answer(404, _not_found())


def _link_unusable(error: LinkUnusable) -> Response:
    return answer(_LINK_STATUS[error.reason], _link_ended(error.reason))


def _origin_unknown(_error: OriginUnknown) -> Response:
    return answer(403, _wrong_page())


def _queue_unavailable(_error: QueueUnavailable) -> Response:
    return answer(503, _unavailable())


def _stale_form(_error: CSRFError) -> Response:
    if sign_in_is_missing():
        return _sign_in_needed(Unauthorized())
    if request.headers.get("HX-Request") != "true":
        return answer(400, _stale())
    response = answer(400, _renewed())
    response.headers["X-CSRF-Token"] = generate_csrf()
    return response


def _sign_in_needed(_error: Unauthorized) -> Response:
    if request.headers.get("HX-Request") == "true":
        # Leading to the sign-in page would throw away what was typed.
        return answer(401, _signed_out())
    if request.method == "POST":
        flash(_("You were signed out meanwhile, so nothing was saved. Sign in and start again."), "warning")
    return ask_to_sign_in()


def _too_often(_error: RateLimitExceeded) -> Response:
    seconds = seconds_to_wait()
    response = answer(429, _too_many(seconds))
    response.headers["Retry-After"] = str(seconds)
    return response


def _too_many(seconds: int) -> Trouble:
    minutes = -(-seconds // 60)
    return Trouble(
        _("Too many attempts"),
        ngettext("Wait a minute, then try again.", "Wait %(num)d minutes, then try again.", minutes),
    )


def _signed_out() -> Trouble:
    return Trouble(
        _("You are signed out"),
        _("Everything you typed is still here: sign in again, then press the button here once more."),
        signed_out=True,
    )


def _stale() -> Trouble:
    return Trouble(
        _("This page was open too long"),
        _("Nothing was saved. Reload the page and send the form again; your browser may keep what you typed."),
    )


def _renewed() -> Trouble:
    return Trouble(
        _("This page was open too long"),
        _("Nothing was saved. The page has been renewed with everything you typed: press the button once more."),
    )


def _bad_request() -> Trouble:
    return Trouble(
        _("The request could not be understood"),
        _("Nothing was changed. Go back, reload the page and try again."),
    )


def _forbidden() -> Trouble:
    return Trouble(
        _("You may not do this"),
        _("Your account has no right to this page. Ask an administrator if you need it."),
    )


def _not_found() -> Trouble:
    return Trouble(
        _("There is nothing here"),
        _("The page was removed, or its address is mistyped. Start again from the overview."),
    )


def _account_gone() -> Trouble:
    return Trouble(
        _("This account is not there"),
        _("Somebody may have deleted it meanwhile. To keep settings that you typed, add them as a new account."),
    )


def _link_ended(reason: Reason) -> Trouble:
    match reason:
        case Reason.USED:
            return Trouble(
                _("This form has been used"),
                _("Its account is saved, and each link is good for one. Go back to the page that led you here."),
            )
        case Reason.EXPIRED:
            return Trouble(
                _("This form was open too long"),
                _("Nothing was saved. Go back to the page that led you here and start again; it gives you a new form."),
            )
        case Reason.TAMPERED:
            return Trouble(
                _("This link leads to no form"),
                _("It is incomplete, or was changed. Go back to the page that led you here and start again."),
            )


def _wrong_page() -> Trouble:
    return Trouble(
        _("This form belongs into another page"),
        _("The page that you are looking at may not show it. Tell whoever runs that page."),
    )


def _too_large() -> Trouble:
    return Trouble(
        _("That was too much"),
        _("The form you sent is larger than any of ours. Shorten what you typed and send it again."),
    )


def _unavailable() -> Trouble:
    return Trouble(
        _("Not available at the moment"),
        _("A part of Skrzynka is not running, so this could not be done. Nothing was lost; try again in a minute."),
    )


def _broken() -> Trouble:
    return Trouble(
        _("Something went wrong on our side"),
        _("It was noted in the log. Try again; if it happens once more, tell whoever runs Skrzynka when it happened."),
    )


_LINK_STATUS = {Reason.USED: 410, Reason.EXPIRED: 410, Reason.TAMPERED: 404}

_TROUBLES: dict[int, Callable[[], Trouble]] = {
    400: _bad_request,
    403: _forbidden,
    404: _not_found,
    405: _bad_request,
    410: _not_found,
    413: _too_large,
    422: _bad_request,
    503: _unavailable,
}

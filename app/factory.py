"""Puts the parts together."""

from datetime import timedelta
from inspect import iscoroutinefunction
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import web
from app.config import Config
from app.extensions import bind_config, csrf, db, limiter, login, queue
from app.models.database import DatabaseUrlInvalid, app_engine_options, check_url, prepare
from app.models.installation import DatabaseNotReady, WrongKey, confirm_keys
from app.web.surroundings import Application

ROOT = Path(__file__).resolve().parent.parent


class NotReady(Exception):
    """The app cannot serve; the message is one line for the operator."""


def create_app(config: Config) -> Flask:
    """Return the web application for ``config``. Opens no connection."""
    app = Application("skrzynka", root_path=str(ROOT))
    bind_config(app, config)
    _configure(app, config)
    db.init_app(app)
    # Closing the async sessions, which nobody opens, would start a thread at the end of every request.
    app.teardown_appcontext_funcs = [end for end in app.teardown_appcontext_funcs if not iscoroutinefunction(end)]
    with app.app_context():
        prepare(db.engine)
    queue.init_app(app, config.queue_url)
    login.init_app(app)
    limiter.init_app(app)
    web.init_app(app)
    # Last: what is said of a forged or stale form depends on who is asking, and in whose page.
    csrf.init_app(app)
    if config.behind_proxy:
        # One proxy, ours, which sets all three: of what a client wrote into them itself only the last entry is read.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]  # how Flask is wrapped
    return app


def create_ready_app(config: Config) -> Flask:
    """Return the app of a process that is about to serve: the database is there and the vault key is the right one.

    Raises NotReady. No connection stays open, so that the process may fork.
    """
    try:
        check_url(config.database_url)
    except DatabaseUrlInvalid as error:
        raise NotReady(str(error)) from error
    app = create_app(config)
    with app.app_context():
        try:
            confirm_keys(db.session, config.vault)
        except (WrongKey, DatabaseNotReady) as error:
            raise NotReady(str(error)) from error
        finally:
            db.session.close()
            db.engine.dispose()
    return app


def _configure(app: Flask, config: Config) -> None:
    older_keys = [key_id for key_id in config.vault.keys if key_id != config.vault.current]
    app.config.from_mapping(
        SECRET_KEY=config.vault.derive("session"),
        # After a rotation, sessions signed with an older key stay valid until they end.
        SECRET_KEY_FALLBACKS=[config.vault.derive("session", key_id=key_id) for key_id in older_keys],
        SQLALCHEMY_ENGINES={"default": app_engine_options(config.database_url)},
        SESSION_COOKIE_NAME="skrzynka",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.behind_proxy,
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
        # The whole form is a few kilobytes; anything near this is not a form of ours.
        MAX_CONTENT_LENGTH=256 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        TESTS_PER_PERSON="5 per minute; 30 per hour",
        TESTS_PER_HOST="10 per minute",
        LOOKUPS_PER_PERSON="20 per minute; 200 per hour",
        LOOKUPS_PER_ORGANISATION="20 per minute",
        MESSAGES_PER_PERSON="30 per minute; 500 per hour",
        RATELIMIT_STORAGE_URI=_limits_url(config.redis_url),
        RATELIMIT_STORAGE_OPTIONS={"socket_timeout": 2, "socket_connect_timeout": 2} if config.redis_url else {},
        # Without Redis each process counts for itself: people can still sign in, and guessing stays slow.
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_HEADERS_ENABLED=False,
        TRAP_BAD_REQUEST_ERRORS=False,
    )


def _limits_url(redis_url: str | None) -> str:
    if redis_url is None:
        return "memory://"
    return f"redis+{redis_url}" if redis_url.startswith("unix://") else redis_url

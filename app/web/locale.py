"""The language of an answer: what the operator forces, else what a site or an app around it, or the person, has chosen.

Nothing of that: the browser's, else Polish.
"""

from flask import Blueprint, Flask, Response, request, session, url_for
from flask_babel import get_locale
from flask_login import current_user

from app import users
from app.config import LAST_RESORT_LOCALE, LOCALES
from app.extensions import babel, current_config, db
from app.web.access import current_person, public
from app.web.replies import leave, local_path
from app.web.surroundings import MOUNTED
from app.web.visit import current_visit

blueprint = Blueprint("locale", __name__)


def init_app(app: Flask) -> None:
    """Choose the language and the time zone of every request, and let templates ask for the language."""
    with app.app_context():
        timezone = current_config().timezone
    babel.init_app(
        app,
        locale_selector=select,
        default_translation_directories="app/translations",
        default_locale="en",
        default_timezone=timezone,
    )
    app.jinja_env.globals["language_switchable"] = switchable
    app.context_processor(lambda: {"language": str(get_locale())})


def select() -> str:
    """Return the language of this request. It asks no database, so that an error page can be written without one."""
    forced = current_config().locale
    if forced is not None:
        return forced
    visit = current_visit()
    if visit is not None and visit.locale is not None:
        return visit.locale
    mount = request.environ.get(MOUNTED)
    for chosen in (mount.language if mount else None, session.get("locale")):
        if chosen in LOCALES:
            return str(chosen)
    return request.accept_languages.best_match(LOCALES) or LAST_RESORT_LOCALE


def switchable() -> bool:
    """Say whether a person may choose: not where the operator did."""
    return current_config().locale is None


@blueprint.post("/language")
@public
def choose() -> Response:
    """Remember the language, in the session and with the person, and return to the same page."""
    language = request.form.get("language")
    if language in LOCALES and switchable():
        session["locale"] = language
        if current_user.is_authenticated:
            users.choose_language(current_person(), language)
            db.session.commit()
    return leave(local_path(request.form.get("next"), otherwise=url_for("home")))

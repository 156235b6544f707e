"""What holds for every account that says nothing else."""

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from app import clock, fetching
from app.extensions import db
from app.fetching import IntervalInvalid
from app.web import replies
from app.web.access import admin_only
from app.web.fetching.blueprint import blueprint
from app.web.fetching.choices import interval_sentence, minutes_of


@blueprint.get("/")
@admin_only
def defaults() -> Response:
    """Show how often accounts are fetched."""
    minutes = int(fetching.default_interval(db.session).total_seconds() // 60)
    return replies.page("fetching/defaults.html", interval=str(minutes), interval_error="")


@blueprint.post("/")
@admin_only
def change_defaults() -> Response:
    """Choose how often accounts are fetched that say nothing else."""
    typed = request.form.get("interval", "").strip()
    try:
        fetching.set_default_interval(db.session, minutes_of(typed), now=clock.now())
    except IntervalInvalid:
        db.session.rollback()
        context = {"interval": typed[:20], "interval_error": interval_sentence()}
        return replies.page("fetching/defaults.html", status=422, **context)
    db.session.commit()
    flash(_("The settings are saved."), "success")
    return replies.leave(url_for("fetching.defaults"))

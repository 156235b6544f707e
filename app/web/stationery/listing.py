"""The list of stationery: which there is and who uses it, copied, deleted, made the default."""

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from app import clock, stationery
from app.extensions import db
from app.stationery import AnotherDefault, NameTaken
from app.web import replies
from app.web.stationery.blueprint import blueprint, get_stationery


@blueprint.get("/")
def index() -> Response:
    """Show all stationery."""
    used = stationery.uses(db.session)
    rows = [(stored, used.get(stored.id, [])) for stored in stationery.list_all(db.session)]
    return replies.page("stationery/list.html", rows=rows)


@blueprint.post("/<id:stationery_id>/duplicate")
def duplicate(stationery_id: int) -> Response:
    """Add a copy and lead to its editor."""
    original = get_stationery(stationery_id)
    name = _("%(name)s, copy", name=original.name)
    try:
        added = stationery.duplicate(db.session, original, name=name, now=clock.now())
    except NameTaken:
        # Somebody has copied it at this very moment.
        flash(_("The stationery could not be copied. Press the button once more."), "warning")
        return replies.leave(url_for("stationery.index"))
    db.session.commit()
    flash(_("This is the copy. Give it a name of its own."), "success")
    return replies.leave(url_for("stationery.edit", stationery_id=added.id))


@blueprint.post("/<id:stationery_id>/default")
def choose_default(stationery_id: int) -> Response:
    """Make a stationery the one for accounts without one of their own, or no longer."""
    chosen = get_stationery(stationery_id)
    try:
        stationery.choose_default(db.session, chosen if request.form.get("default") != "off" else None)
    except AnotherDefault:
        flash(
            _("Somebody else has chosen the default at the same moment. Look at the list and choose again."), "warning"
        )
    db.session.commit()
    return replies.leave(url_for("stationery.index", _anchor=f"stationery-{stationery_id}"))


@blueprint.get("/<id:stationery_id>/remove")
def confirm_removal(stationery_id: int) -> Response:
    """Ask whether a stationery is really to be deleted, and say by which accounts it is used."""
    stored = get_stationery(stationery_id)
    used_by = stationery.accounts_using(db.session, stored)
    default = stationery.find_default(db.session)
    return replies.page(
        "stationery/remove.html",
        stored=stored,
        used_by=used_by,
        default=default if default is not None and default.id != stored.id else None,
    )


@blueprint.post("/<id:stationery_id>/remove")
def remove(stationery_id: int) -> Response:
    """Delete a stationery; accounts that used it have the default from now on."""
    stored = get_stationery(stationery_id)
    name = stored.name
    stationery.remove(db.session, stored)
    db.session.commit()
    flash(_("The stationery “%(name)s” is deleted.", name=name), "success")
    return replies.leave(url_for("stationery.index"))

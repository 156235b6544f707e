"""The list of layouts: which is in force for whom, in which order they are tried, added and removed."""

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from app import clock, embed, form_layouts
from app.extensions import db
from app.form_layouts import NameTaken
from app.models import Role
from app.web import replies
from app.web.access import admin_only
from app.web.fields import trimmed
from app.web.form_layouts.blueprint import author, blueprint, get_layout
from app.web.form_layouts.wording import (
    CLIENTS_ONLY,
    FOR_CLIENTS,
    FOR_WHOM,
    clients_sentence,
    for_whom,
    in_force_sentence,
)

_LONGEST_NAME = 100


@blueprint.get("/")
@admin_only
def index() -> Response:
    """Show all layouts and who gets which."""
    return _list()


@blueprint.post("/")
@admin_only
def create() -> Response:
    """Add a layout that is the built-in one until somebody changes it."""
    name, role = trimmed(request.form.get("name", "")), request.form.get("role", "")
    error = _fault(name)
    if error or role not in ("", *Role, FOR_CLIENTS):
        return _list(status=422, name=name, role=role, error=error or _("Choose one of the entries in the list."))
    try:
        added = form_layouts.create(
            db.session,
            name=name,
            role=Role(role) if role in list(Role) else None,
            for_clients=role == FOR_CLIENTS,
            author=author(),
            now=clock.now(),
        )
    except NameTaken:
        db.session.rollback()
        return _list(status=422, name=name, role=role, error=_("Another layout has this name: type a different one."))
    db.session.commit()
    return replies.leave(url_for("form_layouts.edit", layout_id=added.id))


@blueprint.post("/<id:layout_id>/order")
@admin_only
def order(layout_id: int) -> Response:
    """Have a layout tried earlier or later."""
    by = {"up": -1, "down": 1}.get(request.form.get("move", ""), 0)
    form_layouts.move(db.session, get_layout(layout_id), by)
    db.session.commit()
    return replies.leave(url_for("form_layouts.index", _anchor=f"layout-{layout_id}"))


@blueprint.get("/<id:layout_id>/remove")
@admin_only
def confirm_removal(layout_id: int) -> Response:
    """Ask whether a layout is really to be removed."""
    return replies.page("form_layouts/remove.html", stored=get_layout(layout_id))


@blueprint.post("/<id:layout_id>/remove")
@admin_only
def remove(layout_id: int) -> Response:
    """Remove a layout with its versions."""
    stored = get_layout(layout_id)
    name = stored.name
    form_layouts.remove(db.session, stored)
    db.session.commit()
    flash(_("The layout “%(name)s” is deleted.", name=name), "success")
    return replies.leave(url_for("form_layouts.index"))


def _list(*, status: int = 200, name: str = "", role: str = "", error: str = "") -> Response:
    people = {who: form_layouts.in_force(db.session, role=who) for who in (Role.MEMBER, Role.ADMIN)}
    clients = {it.name: form_layouts.in_force(db.session, chosen=it.layout_id) for it in embed.list_all(db.session)}
    return replies.page(
        "form_layouts/list.html",
        status=status,
        layouts=form_layouts.list_all(db.session),
        in_use={found.layout_id for found in (*people.values(), *clients.values())},
        sentences=[
            *(in_force_sentence(who, found) for who, found in people.items()),
            *(clients_sentence(name, found) for name, found in clients.items()),
        ],
        for_whom=for_whom,
        roles=[
            ("", FOR_WHOM[None]),
            *((str(who), FOR_WHOM[who]) for who in (Role.MEMBER, Role.ADMIN)),
            (FOR_CLIENTS, CLIENTS_ONLY),
        ],
        typed={"name": name, "role": role},
        error=error,
    )


def _fault(name: str) -> str:
    if not name:
        return str(_("Type a name for the layout."))
    if len(name) > _LONGEST_NAME:
        return str(_("Shorten this to at most %(count)s characters.", count=_LONGEST_NAME))
    if not name.isprintable():
        return str(_("Type this on one line, without tabs or other control characters."))
    return ""

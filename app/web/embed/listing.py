"""The list of clients, and their removal."""

from flask import Response, flash, url_for
from flask_babel import gettext as _

from app import embed, form_layouts
from app.extensions import db
from app.web import replies
from app.web.access import admin_only
from app.web.embed.blueprint import clients
from app.web.embed.wording import LANGUAGES


@clients.get("/")
@admin_only
def index() -> Response:
    """Show the sites that embed the form."""
    return replies.page(
        "embed/list.html",
        clients=embed.list_all(db.session),
        layouts={it.id: it.name for it in form_layouts.list_all(db.session)},
        languages=LANGUAGES,
        added=embed.accounts_added(db.session),
    )


@clients.get("/<id:client_id>/remove")
@admin_only
def confirm_removal(client_id: int) -> Response:
    """Ask whether a client is really to be removed."""
    return replies.page("embed/remove.html", client=embed.get(db.session, client_id))


@clients.post("/<id:client_id>/remove")
@admin_only
def remove(client_id: int) -> Response:
    """Remove a client with its links."""
    client = embed.get(db.session, client_id)
    name = client.name
    embed.remove(db.session, client)
    db.session.commit()
    flash(_("“%(name)s” is deleted; its key and its links are refused from now on.", name=name), "success")
    return replies.leave(url_for("embed_clients.index"))

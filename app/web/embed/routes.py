"""One client: added, changed, given a new key. A key is shown in the answer to the POST that made it, nowhere else."""

import json

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from app import clock, embed, form_layouts
from app.embed import ClientChangedMeanwhile, LayoutGone, NameTaken
from app.extensions import db
from app.models import EmbedClient
from app.web import replies
from app.web.access import admin_only
from app.web.accounts.opened import number_in
from app.web.embed.blueprint import clients
from app.web.embed.forms import ClientForm


@clients.get("/new")
@admin_only
def add() -> Response:
    """Show the form for a new client."""
    return replies.page("embed/form.html", form=ClientForm(layouts=_layouts()), client=None)


@clients.post("/new")
@admin_only
def create() -> Response:
    """Register a client and show its key."""
    form = ClientForm(request.form, layouts=_layouts())
    if form.validate():
        try:
            client, key = embed.register(db.session, form.details, now=clock.now())
        except (NameTaken, LayoutGone) as refused:
            _refuse(form, refused)
        else:
            db.session.commit()
            return _key_page(client, key)
    return replies.invalid("embed/form.html", form=form, client=None)


@clients.get("/<id:client_id>")
@admin_only
def edit(client_id: int) -> Response:
    """Show the form of a client."""
    client = embed.get(db.session, client_id)
    form = ClientForm(layouts=_layouts(), stored=client)
    return replies.page("embed/form.html", form=form, client=client, version=client.version)


@clients.post("/<id:client_id>")
@admin_only
def save(client_id: int) -> Response:
    """Change a client, unless somebody else has since the form was opened."""
    client, form = embed.get(db.session, client_id), ClientForm(request.form, layouts=_layouts())
    # What theirs is to be replaced with: they have seen that there is something newer.
    version = number_in(request.form.get("follow") or request.form.get("version")) or 0
    newer = None
    if form.validate():
        try:
            embed.change(db.session, client, form.details, expected_version=version, now=clock.now())
        except (NameTaken, LayoutGone) as refused:
            _refuse(form, refused)
        except ClientChangedMeanwhile as conflict:
            db.session.rollback()
            newer = conflict.version
        else:
            db.session.commit()
            flash(_("“%(name)s” is saved.", name=client.name), "success")
            return replies.leave(url_for("embed_clients.index"))
    client = embed.get(db.session, client_id)
    return replies.invalid("embed/form.html", form=form, client=client, version=version, newer=newer)


@clients.get("/<id:client_id>/key")
@admin_only
def confirm_new_key(client_id: int) -> Response:
    """Ask whether the key is really to be replaced."""
    return replies.page("embed/new_key.html", client=embed.get(db.session, client_id))


@clients.post("/<id:client_id>/key")
@admin_only
def renew_key(client_id: int) -> Response:
    """Replace the key and show the new one."""
    client = embed.get(db.session, client_id)
    key = embed.renew_key(db.session, client, now=clock.now())
    db.session.commit()
    return _key_page(client, key)


def _key_page(client: EmbedClient, key: str) -> Response:
    # No redirect: what comes after one would have to find the key in an address, a cookie or the database.
    address = url_for("embed_api.create_link", _external=True)
    return replies.page("embed/key.html", client=client, key=key, address=address, example=_example(client))


def _example(client: EmbedClient) -> str:
    asked = {"email": "biuro@infirma.pl"}
    if client.return_addresses:
        asked["return_address"] = client.return_addresses[0]
    # An apostrophe, which an address may hold, would end the shell's quotes around it.
    return json.dumps(asked).replace("'", "\\u0027")


def _refuse(form: ClientForm, refused: NameTaken | LayoutGone) -> None:
    """Put the reason beside its field."""
    db.session.rollback()
    if isinstance(refused, NameTaken):
        form.name.errors = [_("Another site has this name: type a different one.")]
    else:
        form.layout.errors = [_("Somebody has deleted this layout meanwhile: choose another one.")]


def _layouts() -> list[tuple[str, str]]:
    return [(str(it.id), it.name) for it in form_layouts.list_all(db.session)]

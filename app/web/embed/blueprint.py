"""The blueprint of the register, which the modules about it hang their routes on."""

from flask import Blueprint, abort

from app import embed
from app.embed import ClientNotFound
from app.extensions import db
from app.models import EmbedClient

clients = Blueprint("embed_clients", __name__, url_prefix="/embed-clients")


def get_client(client_id: int) -> EmbedClient:
    """Return the client of the page's address, or answer that there is none."""
    try:
        return embed.get(db.session, client_id)
    except ClientNotFound:
        abort(404)

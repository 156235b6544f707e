"""The blueprint of the register, which the modules about it hang their routes on."""

from flask import Blueprint

clients = Blueprint("embed_clients", __name__, url_prefix="/embed-clients")

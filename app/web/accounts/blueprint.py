"""The blueprint that the modules of this folder hang their routes on."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__, url_prefix="/accounts")

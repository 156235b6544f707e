"""The embedded form itself."""

from flask import Blueprint, Response, abort

from app.web.access import public

blueprint = Blueprint("embed", __name__)


@blueprint.get("/embed/<token>")
@public
def show(token: str) -> Response:  # noqa: ARG001  (the address has it)
    """Answer that there is nothing here."""
    abort(404)

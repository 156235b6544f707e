"""The blueprint that the modules of this folder hang their routes on."""

from typing import Any

from flask import Blueprint, abort, request

from app import stationery
from app.extensions import db
from app.models import Stationery
from app.stationery import StationeryNotFound

blueprint = Blueprint("stationery", __name__, url_prefix="/stationery")

# An image or a design that is a little too large is to get a sentence beside its field, not a page of its own.
_LARGEST_UPLOAD = 8 * 1024 * 1024
_LARGEST_TEXT = 2 * 1024 * 1024
_FROM_THE_FORM = {"accounts.add_stationery", "accounts.leave_stationery"}


@blueprint.app_url_value_preprocessor
def _let_designs_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    # Here, because the check of the token reads the form, before any view is asked.
    if endpoint in _FROM_THE_FORM or (endpoint or "").startswith(f"{blueprint.name}."):
        request.max_content_length = _LARGEST_UPLOAD
        request.max_form_memory_size = _LARGEST_TEXT


def get_stationery(stationery_id: int) -> Stationery:
    """Return the stationery of the page's address, or answer that there is none."""
    try:
        return stationery.get(db.session, stationery_id)
    except StationeryNotFound:
        abort(404)

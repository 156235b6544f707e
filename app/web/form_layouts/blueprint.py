"""The blueprint that the modules of this folder hang their routes on."""

from flask import Blueprint, abort

from app import form_layouts
from app.extensions import db
from app.form_layouts import LayoutNotFound
from app.models import FormLayout
from app.web.access import current_person

blueprint = Blueprint("form_layouts", __name__, url_prefix="/form-layouts")


def get_layout(layout_id: int) -> FormLayout:
    """Return the layout of the page's address, or answer that there is none."""
    try:
        return form_layouts.get(db.session, layout_id)
    except LayoutNotFound:
        abort(404)


def author() -> str:
    """Return the words under which a version is kept: a person may be gone when somebody asks."""
    return current_person().email

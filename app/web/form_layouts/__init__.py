"""The layouts of the form: listed, edited beside a preview, compared and restored. For administrators."""

from app.web.form_layouts import history, listing, routes
from app.web.form_layouts.blueprint import blueprint

__all__ = ["blueprint", "history", "listing", "routes"]

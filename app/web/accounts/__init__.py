"""The list of accounts, and the form that adds and changes them."""

from app.web.accounts import overview, routes, stationery
from app.web.accounts.blueprint import blueprint

__all__ = ["blueprint", "overview", "routes", "stationery"]

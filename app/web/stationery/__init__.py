"""Stationery in the browser: listed, edited beside a preview, with images, and chosen in the form of an account."""

from app.web.stationery import images, listing, previews, routes
from app.web.stationery.blueprint import blueprint

__all__ = ["blueprint", "images", "listing", "previews", "routes"]

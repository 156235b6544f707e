"""Forms that other sites embed: their register for administrators, the links that their servers ask for, the page."""

from app.web.embed import hosted, linked, listing, routes
from app.web.embed.blueprint import clients
from app.web.embed.issuing import api

__all__ = ["api", "clients", "hosted", "linked", "listing", "routes"]

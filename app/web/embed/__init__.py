"""Forms that other sites embed: their register for administrators, the links that their servers ask for, the page."""

from app.web.embed import listing, routes
from app.web.embed.blueprint import clients
from app.web.embed.issuing import api
from app.web.embed.pages import blueprint

__all__ = ["api", "blueprint", "clients", "listing", "routes"]

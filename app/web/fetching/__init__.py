"""How the fetching of mail stands, and what people may choose about it."""

from app.web.fetching import choosing, defaults, state, waiting
from app.web.fetching.blueprint import blueprint

__all__ = ["blueprint", "choosing", "defaults", "state", "waiting"]

"""Who may know a provider's servers: one module for each."""

from app.autodiscovery.sources import autoconfig, ispdb, mx, srv, usual_names
from app.autodiscovery.sources.reach import Reach

__all__ = ["Reach", "autoconfig", "ispdb", "mx", "srv", "usual_names"]

"""Looks one domain up in the network."""

from app import clock
from app.autodiscovery import lookups
from app.autodiscovery.discovering import discover
from app.autodiscovery.sources import Reach
from app.extensions import current_config, db, urgent


@urgent
def run(lookup_id: int) -> None:
    """Ask everybody about the domain, and keep what they say; a lookup that was begun before is left alone."""
    domain = lookups.begin(db.session, lookup_id, now=clock.now())
    db.session.commit()
    if domain is not None:
        config = current_config()
        findings = discover(domain, Reach(config.network, config.ispdb_url))
        lookups.record(db.session, domain, findings, now=clock.now())
        db.session.commit()

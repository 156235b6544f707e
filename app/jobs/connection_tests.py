"""Runs one connection test."""

import logging
from functools import partial

from app import clock, connection_tests
from app.connection_tests import AuditEntry
from app.extensions import current_config, db, urgent
from app.mail.probe import probe
from app.models import ConnectionTest

audit = logging.getLogger("skrzynka.audit")


@urgent
def run(test_id: str) -> None:
    """Run the test, committing after each step; one that was begun before, or is gone, is left alone."""
    test = db.session.get(ConnectionTest, test_id)
    if test is None:
        return
    config, entry = current_config(), AuditEntry.of(db.session, test)
    tried = connection_tests.run(
        db.session,
        test,
        vault=config.vault,
        probe=partial(probe, network=config.network),
        clock=clock.now,
        publish=db.session.commit,
    )
    if tried.sides:
        audit.info(entry.line(tried))

"""Workers that run a connection test (its id), made to be killed."""

from functools import partial

from sqlalchemy.orm import Session

from app import clock, connection_tests
from app.mail.dial import NetworkRules
from app.mail.probe import probe
from app.models import ConnectionTest
from app.models.database import engine_for
from app.vault import Vault
from tests.integration.workers import serve


def work(url: str, vault: Vault, rules: NetworkRules, order: list[str]) -> None:
    """Do what the job does."""
    (test_id,) = order
    with Session(engine_for(url)) as session:
        connection_tests.run(
            session,
            session.get_one(ConnectionTest, test_id),
            vault=vault,
            probe=partial(probe, network=rules),
            clock=clock.now,
            publish=session.commit,
        )


if __name__ == "__main__":
    serve(work)

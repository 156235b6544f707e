"""A worker process for one connection test, made to be killed: ``worker.py DATABASE_URL KEY PORTS TEST_ID``."""

import base64
import sys
from functools import partial

from sqlalchemy.orm import Session

from app import clock, connection_tests
from app.mail.dial import AllowRule, NetworkRules
from app.mail.probe import probe
from app.models import ConnectionTest
from app.models.database import engine_for
from app.vault import Vault


def main(url: str, key: str, ports: str, test_id: str) -> None:
    """Say that everything is loaded, then run the test as the job does."""
    rules = NetworkRules(
        allow=(AllowRule.parse("127.0.0.0/8:*"),), ports=frozenset(int(port) for port in ports.split(","))
    )
    with Session(engine_for(url)) as session:
        test = session.get_one(ConnectionTest, test_id)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        connection_tests.run(
            session,
            test,
            vault=Vault({"k1": base64.b64decode(key)}),
            probe=partial(probe, network=rules),
            clock=clock.now,
            publish=session.commit,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])

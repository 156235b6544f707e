"""What a person waits for at a form is run, whatever else stands still."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app import clock, jobs, sending
from app.connection_tests import Owner
from app.extensions import current_config, db, queue
from app.models import ConnectionTest, OutgoingMessage, TestState, User
from app.sending import Addressed, Typed
from tests.cast import MEMBER
from tests.fakes.mail_server import Peer, ScriptedServer, serving, smtp
from tests.integration.accounts import local_account
from tests.integration.jobs.conftest import started_by
from tests.servers.waiting import wait_until


@pytest.fixture
def silent() -> Iterator[ScriptedServer]:
    """A server that lets everybody in, and then says nothing more."""
    with serving(smtp(replies={"MAIL": Peer.wait_for_end})) as server:
        yield server


@pytest.fixture
def environment(tmp_path: Path, redis, silent: ScriptedServer) -> dict[str, str]:
    return {
        "SKRZYNKA_DATA": str(tmp_path / "data"),
        "SKRZYNKA_REDIS_URL": redis.url,
        "SKRZYNKA_ALLOW": "127.0.0.0/8:*",
        "SKRZYNKA_PORTS": str(silent.port),
    }


def message(user: User, email: str, port: int) -> OutgoingMessage:
    """Return one that waits to be sent, from an account of its own."""
    now = clock.now()
    account = local_account(db.session, current_config().vault, smtp_port=port, now=now, email=email)
    written = sending.save_draft(db.session, sending.new_id(), user.id, Typed(account.id, "jan@firma.test"), now=now)
    to = Addressed(sending.parse("jan@firma.test"))
    sending.queue(db.session, written, account, to, "skrzynka.test", now=now)
    db.session.commit()
    return written


def test_a_connection_test_is_run_while_all_that_is_sent_stands_still(app, silent, start_workers):
    user = MEMBER.join(db.session)
    messages = [message(user, f"anna{number}@skrzynka.test", silent.port).id for number in range(4)]
    test_id = started_by(Owner(user_id=user.id)).id
    with start_workers(3):
        for message_id in messages:
            queue.enqueue(jobs.sending.send, message_id)
        wait_until(lambda: silent.sent(b"MAIL") == 2, "all workers but one in the silent server's hand")
        queue.enqueue(jobs.connection_tests.run, test_id)
        with Session(db.engine) as session:
            wait_until(lambda: _state(session, test_id) is TestState.FINISHED, "the connection test")
        assert silent.sent(b"MAIL") == 2
        # A worker ends when its job has ended.
        silent.__exit__()


def _state(session: Session, test_id: str) -> TestState:
    session.rollback()
    return session.get_one(ConnectionTest, test_id).state

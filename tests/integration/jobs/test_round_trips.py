"""A test message that is waited for keeps no worker."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from rq import Queue
from rq.registry import ScheduledJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy.orm import Session

from app import clock, jobs, sending
from app.extensions import JobQueue, current_config, db, queue
from app.models import MessageState, OutgoingMessage, RoundTrip, RoundTripState
from tests.cast import MEMBER
from tests.fakes.mail_server import Peer, ScriptedServer, imap, serving
from tests.integration.accounts import local_account
from tests.servers.waiting import wait_until


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server on which a message arrives between two looks."""
    found = iter([b"", b"7"])

    def search(peer: Peer) -> None:
        peer.send(b"* SEARCH %s\r\n%s OK done\r\n" % (next(found), peer.line.split()[0]))

    with serving(imap(replies={"UID": search})) as running:
        yield running


@pytest.fixture
def environment(tmp_path: Path, redis, server: ScriptedServer) -> dict[str, str]:
    return {
        "SKRZYNKA_DATA": str(tmp_path / "data"),
        "SKRZYNKA_REDIS_URL": redis.url,
        "SKRZYNKA_ALLOW": "127.0.0.0/8:*",
        "SKRZYNKA_PORTS": str(server.port),
    }


@pytest.fixture
def trip(app, server: ScriptedServer) -> RoundTrip:
    """A test message that was sent just now."""
    now = clock.now()
    account = local_account(db.session, current_config().vault, imap_port=server.port, now=now)
    user = MEMBER.join(db.session)
    started = sending.round_trips.start(
        db.session, account, user.id, "skrzynka.test", subject="Test", text="Test.", now=now
    )
    message = db.session.get_one(OutgoingMessage, started.message_id)
    message.state, message.sent_at = MessageState.SENT, now
    db.session.commit()
    return started


def test_a_worker_looks_once_and_goes_on(trip, work, server, redis):
    queue.enqueue(jobs.sending.watch, trip.id)
    began = clock.now()
    work()
    assert clock.now() - began < timedelta(seconds=10)
    assert server.connections == 1
    registry = ScheduledJobRegistry(
        queue=Queue(JobQueue.other_name, connection=redis.client, serializer=JSONSerializer)
    )
    assert registry.count == 1


def test_real_workers_look_until_it_is_there(trip, server, start_workers, redis):
    trip_id = trip.id
    with start_workers():
        queue.enqueue(jobs.sending.watch, trip_id)
        with Session(db.engine) as session:
            wait_until(lambda: _state(session, trip_id) is RoundTripState.SEEN, "the end of the test")
    assert server.connections == 2
    assert redis.client.keys("rq:scheduler-lock:*") == [], "nobody else may let jobs in for a minute"


def _state(session: Session, trip_id: str) -> RoundTripState:
    session.rollback()
    return session.get_one(RoundTrip, trip_id).state

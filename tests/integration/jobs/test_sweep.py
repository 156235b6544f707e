"""The sweep puts in what nobody looks after, once, however long it waits there."""

from datetime import timedelta

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from app import clock, jobs, sending
from app.extensions import JobQueue, current_config, db, queue
from app.models import CopyState, MessageState, OutgoingMessage
from app.sending import Addressed, Typed
from tests.cast import MEMBER
from tests.integration.accounts import local_account


@pytest.fixture
def messages(app) -> list[OutgoingMessage]:
    """Three due messages of each of two accounts, of those of the first the content has left: their copies are due."""
    user, now, written = MEMBER.join(db.session), clock.now(), []
    for email in ("anna@skrzynka.test", "jan@skrzynka.test"):
        account = local_account(db.session, current_config().vault, now=now, email=email)
        for _number in range(3):
            typed = Typed(account.id, "ola@firma.test")
            message = sending.save_draft(db.session, sending.new_id(), user.id, typed, now=now)
            to = Addressed(sending.parse("ola@firma.test"))
            sending.queue(db.session, message, account, to, "skrzynka.test", now=now)
            written.append(message)
    for message in written[:3]:
        message.state, message.copy_state, message.copy_due_at = MessageState.SENT, CopyState.PENDING, now
    db.session.commit()
    return written


def waiting(redis) -> list[str]:
    found = Queue(JobQueue.other_name, connection=redis.client, serializer=JSONSerializer).jobs
    return sorted(job.func_name.rpartition(".")[2] for job in found)


def test_one_job_of_each_account_is_put_in_once(messages, redis):
    for _again in range(3):
        jobs.sending.sweep()
    assert waiting(redis) == ["file_copy", "send"]


def test_what_waits_is_known_by_its_function_and_its_ids(messages, redis):
    queue.enqueue(jobs.sending.send, "another")
    queue.enqueue(jobs.sending.file_copy, min(message.id for message in messages[3:]))
    jobs.sending.sweep()
    assert waiting(redis) == ["file_copy", "file_copy", "send", "send"]


def test_what_was_lost_is_put_in_again(messages, redis):
    jobs.sending.sweep()
    redis.client.flushall()
    jobs.sending.sweep()
    assert waiting(redis) == ["file_copy", "send"]


def test_an_account_in_somebodys_hand_is_left_to_them(messages, redis):
    messages[0].copy_lease_until = messages[3].lease_until = clock.now() + timedelta(minutes=1)
    db.session.commit()
    jobs.sending.sweep()
    assert waiting(redis) == []

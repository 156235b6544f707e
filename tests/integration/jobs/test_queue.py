"""The queue: ids only, never a hang, never a secret."""

import socket
import time
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from rq import Queue
from rq.serializers import JSONSerializer

from app.extensions import JobQueue, QueueUnavailable, queue
from app.jobs import JOBS, connection_tests, housekeeping, schedule, sending
from app.jobs.schedule import Periodic


def waiting(redis, name: str = JobQueue.other_name) -> list:
    return Queue(name, connection=redis.client, serializer=JSONSerializer).jobs


def test_a_job_is_the_name_of_a_function_and_ids(app, redis):
    queue.enqueue(connection_tests.run, "test-1")
    (job,) = waiting(redis, JobQueue.urgent_name)
    assert (job.func_name, job.args, job.kwargs) == ("app.jobs.connection_tests.run", ["test-1"], {})
    assert job.func_name in JOBS


def test_what_a_person_waits_for_at_a_form_has_a_queue_of_its_own(app, redis):
    for job in JOBS.values():
        queue.enqueue(job, "id-1")
    urgent = {job.func_name for job in waiting(redis, JobQueue.urgent_name)}
    assert urgent == {"app.jobs.connection_tests.run", "app.jobs.autodiscovery.run"}
    assert {job.func_name for job in waiting(redis)} == set(JOBS) - urgent


def test_the_description_of_a_job_leaves_its_arguments_out(app, redis):
    queue.enqueue(connection_tests.run, "test-1")
    (job,) = waiting(redis, JobQueue.urgent_name)
    assert job.description == "app.jobs.connection_tests.run"


def test_jobs_leave_redis_soon(app, redis):
    queue.enqueue(housekeeping.run)
    (job,) = waiting(redis)
    assert (job.timeout, job.result_ttl) == (60, 0)
    assert job.failure_ttl <= 3600


def test_jobs_survive_a_restart_of_redis(app, redis):
    queue.enqueue(housekeeping.run)
    redis.stop()
    redis.start()
    assert len(waiting(redis)) == 1


def test_a_restart_of_redis_between_two_jobs_is_not_noticed(app, redis):
    queue.enqueue(housekeeping.run)
    redis.stop()
    redis.start()
    queue.enqueue(housekeeping.run)
    assert len(waiting(redis)) == 2


def test_a_queue_that_is_away_is_said_at_once(app, redis):
    redis.stop()
    began = time.monotonic()
    with pytest.raises(QueueUnavailable):
        queue.enqueue(housekeeping.run)
    assert time.monotonic() - began < 1


def test_a_queue_that_does_not_answer_is_given_up_after_two_seconds(tmp_path: Path):
    app = Flask("silent")
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "s"))
        silent.listen()
        queue.init_app(app, f"unix://{tmp_path}/s")
        began = time.monotonic()
        with app.app_context(), pytest.raises(QueueUnavailable):
            queue.enqueue(housekeeping.run)
    assert time.monotonic() - began < 3


def test_of_many_schedules_one_enqueues(app, redis):
    jobs = (Periodic(housekeeping.run, timedelta(minutes=1)),)
    for _host in range(3):
        schedule.tick(jobs)
    assert len(waiting(redis)) == 1


def test_two_jobs_of_one_module_have_a_turn_each(app, redis):
    schedule.tick(tuple(Periodic(function, timedelta(minutes=1)) for function in (sending.sweep, sending.watch)))
    assert {job.func_name for job in waiting(redis)} == {"app.jobs.sending.sweep", "app.jobs.sending.watch"}


def test_the_next_period_has_its_turn(app, redis):
    jobs = (Periodic(housekeeping.run, timedelta(milliseconds=1)),)
    schedule.tick(jobs)
    redis.client.delete("rq:queue:skrzynka", "skrzynka:turn:app.jobs.housekeeping.run")
    schedule.tick(jobs)
    assert len(waiting(redis)) == 1


def test_what_still_waits_from_the_last_period_does_not_wait_twice(app, redis):
    jobs = (Periodic(housekeeping.run, timedelta(milliseconds=1)),)
    schedule.tick(jobs)
    redis.client.delete("skrzynka:turn:app.jobs.housekeeping.run")
    schedule.tick(jobs)
    assert len(waiting(redis)) == 1

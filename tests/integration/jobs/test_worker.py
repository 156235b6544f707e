"""Workers call listed functions and nothing else, keep their mouths shut and cannot be got rid of."""

import base64
import os
import pickle
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from rq import Callback, Queue
from rq.serializers import JSONSerializer
from sqlalchemy import func, select

from app import clock, embed, users
from app.embed import ClientDetails
from app.extensions import JobQueue, current_config, db, queue, urgent
from app.jobs import housekeeping
from app.models import EmbedLink, OutgoingMessage, Role, RoundTrip, RoundTripState, SignInLink, User
from app.models.installation import confirm_keys
from app.vault import generate_key
from app.worker import AllowedJob, queues_of
from tests import cast
from tests.integration.jobs.conftest import WorkersEnded
from tests.servers.waiting import lives, wait_until

CANARY = "kanarek-w-kopalni"
calls: list[tuple[str, ...]] = []


def note(*ids: str) -> None:
    calls.append(ids)


def fail(*_ids: str) -> None:
    raise ValueError(CANARY)


@urgent
def note_urgently(*ids: str) -> None:
    calls.append(ids)


def use_the_session() -> None:
    db.session.execute(select(User)).all()
    calls.append((str(id(db.session)),))


def leave_rubbish(_id: str) -> None:
    db.session.add(User(email="a", email_key="a", role=Role.MEMBER, created_at=clock.now()))
    db.session.flush()
    raise RuntimeError


@pytest.fixture(autouse=True)
def listed(monkeypatch):
    listed = (note, note_urgently, fail, use_the_session, leave_rubbish)
    functions = {f"{one.__module__}.{one.__qualname__}": one for one in listed}
    monkeypatch.setattr(AllowedJob, "functions", {**AllowedJob.functions, **functions})
    calls.clear()


def intruder(redis) -> Queue:
    """What somebody who can write to Redis may put there."""
    return Queue(JobQueue.other_name, connection=redis.client, serializer=JSONSerializer)


def test_a_job_gets_its_ids(app, work):
    queue.enqueue(note, "test-1", "test-2")
    work()
    assert calls == [("test-1", "test-2")]


def test_what_somebody_waits_for_comes_first(app, work):
    queue.enqueue(note, "test-1")
    queue.enqueue(note_urgently, "test-2")
    work()
    assert calls == [("test-2",), ("test-1",)]


def test_a_finished_job_leaves_nothing_in_redis(app, work, redis):
    queue.enqueue(note, "test-1")
    work()
    assert redis.client.keys("rq:job:*") == []


def test_a_function_that_is_not_listed_is_refused(app, work, redis, tmp_path: Path, caplog):
    intruder(redis).enqueue("os.mkdir", str(tmp_path / "intruder"))
    work()
    assert not (tmp_path / "intruder").exists()
    assert "was refused" in caplog.text
    assert "intruder" not in caplog.text


@pytest.mark.parametrize("when", ["on_success", "on_failure", "on_stopped"])
@pytest.mark.parametrize("function", [note, fail])
def test_a_callback_is_never_called(work, redis, when, function, monkeypatch):
    called: list[object] = []
    monkeypatch.setattr(os, "getlogin", lambda *arguments: called.append(arguments))
    intruder(redis).enqueue(function, **{when: Callback("os.getlogin")})
    work()
    assert called == []


def test_a_pickle_is_not_opened(app, work, redis, tmp_path: Path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "trap"),)

    job = intruder(redis).enqueue(note, "test-1")
    redis.client.hset(job.key, "data", pickle.dumps(Trap()))
    work()
    assert not (tmp_path / "trap").exists()
    assert calls == []


def test_arguments_that_are_no_ids_are_refused(app, work, redis):
    intruder(redis).enqueue(note, {"a": "mapping"})
    intruder(redis).enqueue(note, ids=["by name"])
    work()
    assert calls == []


def test_a_failure_is_logged_without_its_words_and_keeps_them_out_of_redis(app, work, redis, caplog):
    queue.enqueue(fail, "test-1")
    work()
    assert "ValueError" in caplog.text
    assert "in fail" in caplog.text
    assert CANARY not in caplog.text
    assert "test-1" not in caplog.text
    everything = [redis.client.dump(key) or b"" for key in redis.client.keys("*")]
    assert everything
    assert CANARY.encode() not in b"".join(everything) + redis.everything()


def test_a_failed_job_is_forgotten_within_the_hour(app, work, redis):
    queue.enqueue(fail, "test-1")
    work()
    (key,) = redis.client.keys("rq:job:*")
    assert 0 < redis.client.ttl(key) <= 3600


def test_each_job_has_a_session_of_its_own(app, work):
    # Kept, because the next session may get the place in memory that this one had.
    outer = db.session
    queue.enqueue(use_the_session)
    queue.enqueue(use_the_session)
    work()
    assert len(calls) == 2
    assert (str(id(outer)),) not in calls


def test_what_a_failed_job_began_to_write_is_undone(app, work):
    queue.enqueue(leave_rubbish, "test-1")
    work()
    assert db.session.scalar(select(func.count()).select_from(User)) == 0


def expired_link() -> None:
    user = db.session.scalar(select(User).limit(1))
    if user is None:
        user = User(email="", email_key="", role=Role.ADMIN, created_at=clock.now())
        db.session.add(user)
        db.session.flush()
    expired = clock.now() - timedelta(minutes=1)
    db.session.add(SignInLink(token_hash="0" * 64, user_id=user.id, expires_at=expired))
    db.session.commit()


def links() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(SignInLink)) or 0


def test_housekeeping_wipes_expired_links(app, work):
    expired_link()
    queue.enqueue(housekeeping.run)
    work()
    assert links() == 0


def test_housekeeping_wipes_embed_links_a_week_after_their_end(app, work):
    client, _key = embed.register(db.session, ClientDetails("Helpdesk", link_minutes=1), now=clock.now())
    asked = dict.fromkeys(("email", "name", "return_address", "state"))
    for days in (8, 6):
        embed.issue(db.session, client, **asked, keys=[b"k" * 32], now=clock.now() - timedelta(days=days))
    db.session.commit()
    queue.enqueue(housekeeping.run)
    work()
    db.session.rollback()
    (kept,) = db.session.scalars(select(EmbedLink))
    assert kept.expires_at > clock.now() - timedelta(days=7)


def test_housekeeping_wipes_test_messages_after_a_week(app, work):
    with app.test_request_context():
        vault = current_config().vault
        user = users.add(db.session, email="anna@infirma.pl", role=Role.MEMBER, password=None, now=clock.now())
        trips = [cast.round_trip(db.session, vault, user, RoundTripState.SEEN) for _number in range(2)]
    trips[0].started_at = clock.now() - timedelta(days=8)
    db.session.commit()
    queue.enqueue(housekeeping.run)
    work()
    db.session.rollback()
    assert list(db.session.scalars(select(RoundTrip.id))) == [trips[1].id]
    assert list(db.session.scalars(select(OutgoingMessage.id))) == [trips[1].message_id]


def test_real_workers_keep_the_schedule_by_themselves(app, start_workers):
    expired_link()
    with start_workers():
        wait_until(lambda: links() == 0, "housekeeping")


def test_a_worker_that_is_killed_is_replaced(app, start_workers, redis):
    expired_link()
    with start_workers() as workers:
        # The housekeeping of the start must be over: killed in the middle of it, its job would be left for the sweep.
        wait_until(lambda: links() == 0 and redis.client.zcard("rq:wip:skrzynka") == 0, "housekeeping at the start")
        killed = workers.children
        for child in killed:
            os.kill(child, signal.SIGKILL)
        wait_until(lambda: len(set(workers.children) - set(killed)) == 2, "other workers")
        expired_link()
        queue.enqueue(housekeeping.run)
        wait_until(lambda: links() == 0, "the job")


def test_workers_survive_a_restart_of_redis(app, start_workers, redis):
    with start_workers():
        redis.stop()
        redis.start()
        expired_link()
        queue.enqueue(housekeeping.run)
        wait_until(lambda: links() == 0, "the job", seconds=15)


def test_workers_end_with_their_parent_even_if_it_is_killed(app, start_workers):
    with start_workers() as workers:
        children = workers.children
        assert len(children) == 2
        workers.process.kill()
        wait_until(lambda: not any(map(lives, children)), "the children's end")


def test_workers_end_cleanly_when_told_to(app, start_workers):
    with start_workers() as workers:
        workers.process.terminate()
        assert workers.process.wait(timeout=10) == 0


def memory(pid: int) -> int:
    """Return the private memory of a process in bytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty")))


def test_memory_stays_flat(app, start_workers, redis):
    def run(jobs: int) -> None:
        for _ in range(jobs):
            queue.enqueue(housekeeping.run)
        wait_until(lambda: redis.client.llen("rq:queue:skrzynka") == 0, "the jobs", seconds=60)

    with start_workers() as workers:
        # The first hundreds fill caches and the allocator's pools.
        run(600)
        _urgent, child = children = workers.children
        before = memory(child)
        run(600)
        assert workers.children == children
        assert memory(child) - before < 2 * 1024 * 1024


def test_the_log_of_a_worker_names_no_arguments(app, start_workers, redis, tmp_path: Path):
    with start_workers():
        intruder(redis).enqueue("os.mkdir", CANARY)
        wait_until(lambda: "refused" in (tmp_path / "worker.log").read_text(), "the refusal")
    assert CANARY not in (tmp_path / "worker.log").read_text()


def test_a_wrong_key_stops_the_workers_with_one_line(app, environment, start_workers, tmp_path: Path):
    confirm_keys(db.session, current_config().vault)
    (tmp_path / "data" / "keys").write_text(f"k1={base64.b64encode(generate_key()).decode()}")
    with pytest.raises(WorkersEnded), start_workers():
        pass
    assert (tmp_path / "worker.log").read_text().splitlines() == [
        "skrzynka: The vault key is not the one that sealed the passwords in this database."
    ]


@pytest.mark.parametrize(("processes", "free"), [(1, 0), (2, 1), (3, 1), (6, 2), (64, 21)])
def test_a_third_of_the_workers_is_kept_free_for_whoever_waits_at_a_form(processes, free):
    queues = [queues_of(number, processes) for number in range(1, processes + 1)]
    assert queues.count((JobQueue.urgent_name,)) == free
    assert queues.count(JobQueue.names) == processes - free > 0

"""``skrzynka doctor``: one line for each thing that must be right, and each of them can be found wrong."""

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest
from rq import Queue, Worker
from sqlalchemy import select

from app.config import Config
from app.models import Installation, migrations
from app.models.installation import confirm_keys
from tests.integration.cli.conftest import NEW, ON_SQLITE, environment_of, keys, run
from tests.servers.commands import ROOT, SKRZYNKA
from tests.servers.redis import RedisServer, redis_server
from tests.servers.tables import lay_out_file
from tests.servers.waiting import wait_until

NAMES = ["database", "migrations", "vault key", "queue", "worker", "data folder"]


@pytest.fixture(scope="module")
def attended(tmp_path_factory) -> Iterator[RedisServer]:
    """A queue with a worker, which has a database of its own: the doctor sees it in the queue alone."""
    folder = tmp_path_factory.mktemp("worker")
    with redis_server() as queue:
        environment = environment_of(folder, f"sqlite:///{lay_out_file(folder / 'worker.db')}")
        with (folder / "worker.log").open("w") as log:
            worker = subprocess.Popen(
                [SKRZYNKA, "worker", "--processes", "2"],
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], "SKRZYNKA_REDIS_URL": queue.url, **environment},
                stdout=log,
                stderr=log,
            )
        try:
            wait_until(lambda: queue.client.scard("rq:workers") == 2, "the workers' start", seconds=20)
            yield queue
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(timeout=20)


@pytest.fixture
def healthy(migrated, session, attended) -> dict[str, str]:
    """A system in which everything is right, with a worker."""
    environment = {**migrated, "SKRZYNKA_REDIS_URL": attended.url}
    confirm_keys(session, Config.from_environment(environment).vault)
    return environment


def look(environment: dict[str, str], **more: str) -> dict[str, str]:
    """Return the lines of the doctor by name; the exit code must say whether one of them is bad."""
    done = run(environment, "doctor", **more)
    assert done.stderr == ""
    found = {}
    for line in done.stdout.splitlines():
        assert line.startswith(("ok   ", "BAD  ")), line
        name, _, what = line[5:].partition(": ")
        assert what
        found[name] = line
    assert list(found) == NAMES
    assert done.returncode == (1 if any(line.startswith("BAD") for line in found.values()) else 0)
    return found


def bad(environment: dict[str, str], **more: str) -> dict[str, str]:
    return {name: line for name, line in look(environment, **more).items() if line.startswith("BAD")}


def test_where_everything_is_right_every_line_is_good(healthy):
    assert bad(healthy) == {}


def test_a_database_that_is_away_is_found(healthy):
    found = bad(healthy, SKRZYNKA_DATABASE_URL="postgresql://u:canary@127.0.0.1:1/none")
    assert list(found) == ["database", "migrations", "vault key"]
    assert "canary" not in "".join(found.values())


@ON_SQLITE
def test_what_is_no_database_url_is_one_line(healthy):
    done = run(healthy, "doctor", SKRZYNKA_DATABASE_URL="nonsense")
    assert done.returncode == 2
    assert "SKRZYNKA_DATABASE_URL" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_tables_of_an_older_release_are_found_with_the_way_out(environment, attended):
    # In a database of its own: another test would find these tables in one that is used again.
    url = Config.from_environment(environment).database_url
    migrations.upgrade(url)
    migrations.downgrade(url, "-1")
    assert "skrzynka migrate" in bad(environment, SKRZYNKA_REDIS_URL=attended.url)["migrations"]


def test_a_wrong_key_is_found_and_not_shown(healthy):
    found = bad(healthy, SKRZYNKA_KEYS=keys(k1=NEW))
    assert list(found) == ["vault key"]
    assert keys(k1=NEW)[3:] not in found["vault key"]


@ON_SQLITE
def test_a_queue_that_is_away_is_found(healthy, redis):
    redis.stop()
    assert list(bad(healthy, SKRZYNKA_REDIS_URL=redis.url)) == ["queue", "worker"]


@ON_SQLITE
def test_a_missing_worker_is_found(migrated, redis):
    found = bad({**migrated, "SKRZYNKA_REDIS_URL": redis.url})
    assert list(found) == ["worker"]
    assert "skrzynka worker" in found["worker"]


@ON_SQLITE
def test_a_key_file_that_others_may_read_is_found_with_the_way_out(healthy, tmp_path):
    del healthy["SKRZYNKA_KEYS"]
    file = tmp_path / "data" / "keys"
    file.write_text(keys(k1=NEW))
    file.chmod(0o644)
    assert f"chmod go= {file}" in bad(healthy)["data folder"]
    file.chmod(0o600)
    assert "data folder" not in bad(healthy)


@ON_SQLITE
def test_jobs_that_wait_are_counted(healthy, attended):
    wait_until(lambda: not attended.client.llen("rq:queue:skrzynka"), "the end of what is done at the start")
    attended.client.rpush("rq:queue:another", "1")
    assert "0 jobs waiting, 0 of them for somebody at a form" in look(healthy)["queue"]


@ON_SQLITE
def test_jobs_for_somebody_at_a_form_are_told_apart(migrated, redis):
    redis.client.rpush("rq:queue:skrzynka", "1", "2")
    redis.client.rpush("rq:queue:skrzynka-urgent", "3")
    found = look({**migrated, "SKRZYNKA_REDIS_URL": redis.url})["queue"]
    assert "3 jobs waiting, 1 of them for somebody at a form" in found


@ON_SQLITE
def test_workers_of_both_kinds_are_counted(healthy):
    assert "2 running, 1 of them only for what somebody waits for at a form" in look(healthy)["worker"]


@ON_SQLITE
@pytest.mark.parametrize(("kind", "missing"), [("skrzynka", "what somebody waits for"), ("skrzynka-urgent", "sending")])
def test_workers_of_one_kind_alone_are_found(migrated, redis, kind, missing):
    Worker([Queue(kind, connection=redis.client)], connection=redis.client).register_birth()
    found = bad({**migrated, "SKRZYNKA_REDIS_URL": redis.url})
    assert list(found) == ["worker"]
    assert f"none is running for {missing}" in found["worker"]


@ON_SQLITE
def test_looking_changes_nothing(migrated, session):
    run(migrated, "doctor", SKRZYNKA_KEYS=keys(k1=NEW))
    assert session.scalars(select(Installation)).all() == [], "a look has decided which key is the right one"

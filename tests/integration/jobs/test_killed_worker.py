"""Processes killed at any moment between the submit and the save: nothing typed is lost, nothing is saved twice."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import func, select

from app import accounts
from app.config import Config
from app.extensions import current_config, db, queue
from app.factory import create_app
from app.jobs import connection_tests
from app.models import Account, ConnectionTest, TestState
from tests.cast import MEMBER
from tests.fakes.mail_server import ScriptedServer, imap, serving, smtp
from tests.servers.redis import RedisServer
from tests.servers.waiting import lives, wait_until
from tests.web.page import Page, Visitor

ROOT = Path(__file__).resolve().parents[3]
SKRZYNKA = str(Path(sys.executable).parent / "skrzynka")
PASSWORD = "zażółć gęślą jaźń"
# From the submit to the save it takes about this long.
RUN_SECONDS = 0.25
KILLS = 10

# A web process that dies as soon as the test is in the database, before its id is in the queue.
DYING_WEB = """
import os, signal, sys
from app.config import Config
from app.extensions import JobQueue
from app.factory import create_ready_app
from tests.integration.jobs.test_killed_worker import sign_in, submit

JobQueue.enqueue = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
app = create_ready_app(Config.from_environment(os.environ))
submit(sign_in(app), sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
"""


@pytest.fixture
def servers() -> Iterator[tuple[ScriptedServer, ScriptedServer]]:
    with serving(imap()) as incoming, serving(smtp()) as outgoing:
        yield incoming, outgoing


@pytest.fixture
def ports(servers) -> tuple[int, int]:
    return servers[0].port, servers[1].port


@pytest.fixture
def environment(tmp_path: Path, redis, ports) -> dict[str, str]:
    return {
        "SKRZYNKA_DATA": str(tmp_path / "data"),
        "SKRZYNKA_REDIS_URL": redis.url,
        "SKRZYNKA_ALLOW": "127.0.0.0/8:*",
        "SKRZYNKA_PORTS": "{},{}".format(*ports),
    }


@pytest.fixture
def member(app: Flask, environment: dict[str, str]) -> Visitor:
    """A member in front of an app of their own; the test itself lives in the context of the other one."""
    web = create_app(Config.from_environment(environment))
    # Somebody who tries so often would be asked to wait.
    web.config.update(TESTS_PER_PERSON="1000 per minute", TESTS_PER_HOST="1000 per minute")
    MEMBER.join(db.session)
    return sign_in(web)


def sign_in(app: Flask) -> Visitor:
    visitor = Visitor(app.test_client())
    visitor.sign_in(MEMBER.email, MEMBER.password)
    return visitor


def submit(visitor: Visitor, email: str, imap_port: int, smtp_port: int) -> Page:
    """Fill in the form of a new account and save it."""
    return visitor.submit(
        visitor.visit("/accounts/new"),
        button="Save changes",
        name="Biuro",
        email=email,
        imap_host="127.0.0.1",
        imap_port=str(imap_port),
        imap_security="none",
        imap_username=email,
        imap_password=PASSWORD,
        smtp_host="127.0.0.1",
        smtp_port=str(smtp_port),
        smtp_security="none",
    )


@contextmanager
def worker(environment: dict[str, str], redis, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``skrzynka worker`` until the block ends, unless it is killed before."""
    before = redis.client.smembers("rq:workers")
    with log.open("ab") as output:
        process = subprocess.Popen(
            [SKRZYNKA, "worker", "--processes", "2"],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(lambda: redis.client.smembers("rq:workers") - before, "the worker's start", seconds=20)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the worker and what it has forked, and wait until nothing of it is left."""
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    children = [int(pid) for pid in path.read_text().split()]
    assert children
    for child in children:
        os.kill(child, signal.SIGKILL)
    process.kill()
    process.wait(timeout=10)
    wait_until(lambda: not any(map(lives, children)), "the children's end")


def latest_test(email: str) -> ConnectionTest:
    """Return the latest test for this address, as it is in the database now."""
    db.session.rollback()
    tests = db.session.scalars(select(ConnectionTest).order_by(ConnectionTest.created_at.desc()))
    return next(test for test in tests if test.details["email"] == email)


def let_its_time_run_out(test: ConnectionTest) -> None:
    test.created_at -= timedelta(minutes=2)
    if test.started_at is not None:
        test.started_at -= timedelta(minutes=2)
    db.session.commit()


def assert_the_form_is_as_it_was_typed(page: Page, email: str, ports: tuple[int, int]) -> None:
    values = {name: page.value(name) for name in ("name", "email", "imap-host", "imap-port", "imap-username")}
    assert values == {
        "name": "Biuro",
        "email": email,
        "imap-host": "127.0.0.1",
        "imap-port": str(ports[0]),
        "imap-username": email,
    }
    assert (page.value("smtp-host"), page.value("smtp-port")) == ("127.0.0.1", str(ports[1]))
    assert "Kept as you typed it" in page.said("imap-password-row")
    assert PASSWORD not in page.source


def go_on(member: Visitor, email: str, ports: tuple[int, int]) -> None:
    """Find the interrupted test, and press the button again with the password left blank."""
    page = member.visit(f"/connection-tests/{latest_test(email).id}")
    assert "interrupted" in page.said("connection-test-headline")
    assert_the_form_is_as_it_was_typed(page, email, ports)
    member.submit(page, button="Save changes")


def assert_nothing_is_left_to_do(member: Visitor, redis: RedisServer, email: str) -> None:
    """The person is told that the account is saved, nothing waits to be tested, and only the account has a password."""
    test, account = latest_test(email), saved(email)
    assert test.state is TestState.FINISHED
    page = member.visit(f"/connection-tests/{test.id}")
    assert "Both servers accepted the settings. The account is saved." in page.text
    assert page.url == f"/accounts/{account.id}"
    assert waiting_tests(redis) == []
    # Those of the form's other tests go just after the account was saved.
    wait_until(lambda: not any(passwords_of_tests()), "the end of the passwords")
    assert accounts.details_of(account, current_config().vault).imap_password == PASSWORD


def passwords_of_tests() -> list[str | None]:
    db.session.rollback()
    return list(db.session.scalars(select(ConnectionTest.imap_password)))


def waiting_tests(redis: RedisServer) -> list[str]:
    """Return the ids of the tests in their queue, where lookups may wait as well."""
    jobs = Queue(queue.urgent_name, connection=redis.client, serializer=JSONSerializer).jobs
    return [job.args[0] for job in jobs if job.func_name == f"{connection_tests.__name__}.run"]


def saved(email: str) -> Account | None:
    db.session.rollback()
    return accounts.find_by_address(db.session, email)


def test_a_worker_killed_at_random_loses_nothing_and_saves_at_most_once(member, environment, redis, ports, tmp_path):
    chance = random.Random(7)
    found: list[str] = []
    log = tmp_path / "worker.log"
    with ExitStack() as stack:
        process = stack.enter_context(worker(environment, redis, log))
        for number in range(KILLS):
            email = f"round{number}@infirma.pl"
            submit(member, email, *ports)
            if number == KILLS - 1:
                wait_until(lambda email=email: saved(email) is not None, "an account to be killed behind", seconds=20)
            # Not a wait for something to happen: the moment of the blow is what the test is about.
            time.sleep(chance.uniform(0, RUN_SECONDS))
            kill(process)
            test = latest_test(email)
            waiting = test.id in waiting_tests(redis)
            found.append("waiting" if waiting else str(test.state))
            assert (test.state is TestState.FINISHED) == (saved(email) is not None)
            interrupted = test.state is not TestState.FINISHED and not waiting
            if interrupted:
                let_its_time_run_out(test)
            # It serves what was interrupted, and is killed in the next round.
            process = stack.enter_context(worker(environment, redis, log))
            if interrupted:
                go_on(member, email, ports)
            wait_until(lambda email=email: saved(email) is not None, f"the account of round {number}", seconds=20)
            assert_nothing_is_left_to_do(member, redis, email)
    assert db.session.scalar(select(func.count()).select_from(Account)) == KILLS
    assert "running" in found, f"no blow fell into a running test: {found}"
    assert "finished" in found, f"every blow fell before the save: {found}"
    assert PASSWORD not in log.read_text()


def test_a_job_that_another_worker_takes_up_again_does_not_save_again(member, environment, redis, ports, tmp_path):
    with worker(environment, redis, tmp_path / "worker.log"):
        submit(member, "anna@infirma.pl", *ports)
        wait_until(lambda: saved("anna@infirma.pl") is not None, "the account", seconds=20)
        before = saved("anna@infirma.pl").version
        for _again in range(3):
            # As a queue may do that hears of a dead worker.
            queue.enqueue(connection_tests.run, latest_test("anna@infirma.pl").id)
        wait_until(lambda: redis.client.llen("rq:queue:skrzynka-urgent") == 0, "the jobs")
        assert_nothing_is_left_to_do(member, redis, "anna@infirma.pl")
    assert saved("anna@infirma.pl").version == before
    assert db.session.scalar(select(func.count()).select_from(Account)) == 1


def test_a_web_process_killed_between_commit_and_enqueue_leaves_a_test_that_can_be_started_again(
    member, environment, redis, ports, tmp_path
):
    email = "anna@infirma.pl"
    done = subprocess.run(
        [sys.executable, "-c", DYING_WEB, email, *map(str, ports)],
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    test = latest_test(email)
    assert test.state is TestState.QUEUED
    assert redis.client.llen("rq:queue:skrzynka-urgent") == 0
    with worker(environment, redis, tmp_path / "worker.log"):
        page = member.visit(f"/connection-tests/{test.id}")
        assert "Testing both connections" in page.said("connection-test-headline")
        let_its_time_run_out(test)
        go_on(member, email, ports)
        wait_until(lambda: saved(email) is not None, "the account", seconds=20)
        assert_nothing_is_left_to_do(member, redis, email)
    assert db.session.scalar(select(func.count()).select_from(Account)) == 1

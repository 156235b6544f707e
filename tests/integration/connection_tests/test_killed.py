"""A worker killed at any moment between the submit and the save loses nothing and saves at most once."""

import base64
import random
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app import accounts, clock, connection_tests
from app.connection_tests import Progress, Saved, progress
from app.mail.settings import ConnectionSecurity
from app.models import Account
from tests.fakes.mail_server import imap, serving, smtp

ROOT = Path(__file__).resolve().parents[3]
# A whole run takes about this long once the process is loaded.
RUN_SECONDS = 0.08
KILLS = 12


@pytest.fixture
def servers():
    """Both servers in clear, which is enough to be killed in front of."""
    with serving(imap()) as incoming, serving(smtp()) as outgoing:
        yield incoming.port, outgoing.port


def run(url: str, person, test_id: str, ports: tuple[int, int], *, kill_after: float | None) -> None:
    key = base64.b64encode(person.vault.keys["k1"]).decode()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.connection_tests.worker", url, key, "{},{}".format(*ports), test_id],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"ready\n"
        if kill_after is not None:
            # Not a wait for something to happen: the moment of the blow is what the test is about.
            time.sleep(kill_after)
            process.kill()
        process.wait(timeout=30)


def test_a_worker_killed_at_random_loses_nothing_and_saves_at_most_once(person, details, servers, database_url):
    chance = random.Random(20)
    survived = 0
    for round_number in range(KILLS):
        email = f"round{round_number}@infirma.pl"
        wanted = replace(
            details,
            email=email,
            imap_host="127.0.0.1",
            imap_port=servers[0],
            imap_security=ConnectionSecurity.NONE,
            smtp_host="127.0.0.1",
            smtp_port=servers[1],
            smtp_security=ConnectionSecurity.NONE,
        )
        submission = f"form-{round_number}"
        person.now = clock.now()
        test = person.save(wanted, submission=submission).test
        run(database_url, person, test.id, servers, kill_after=chance.uniform(0, RUN_SECONDS))

        person.session.refresh(test)
        later = clock.now() + timedelta(minutes=1)
        state = progress(test, now=later)
        assert state in (Progress.INTERRUPTED, Progress.SAVED)
        survived += state is Progress.INTERRUPTED
        if state is Progress.INTERRUPTED:
            # The person finds the form as it was and presses the button again, with the password left blank.
            assert connection_tests.details_of(test, person.vault) == wanted
            person.now = later
            answer = person.save(replace(wanted, imap_password=None), submission=submission, held=test)
            if not isinstance(answer, Saved):
                run(database_url, person, answer.test.id, servers, kill_after=None)
        person.session.rollback()
        account = accounts.find_by_address(person.session, email)
        assert account is not None
        assert accounts.details_of(account, person.vault).imap_password == "first secret"
    assert person.session.scalar(select(func.count()).select_from(Account)) == KILLS
    assert survived, "no blow fell before the save; the test has proved nothing"

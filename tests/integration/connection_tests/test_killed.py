"""A worker killed at any moment between the submit and the save loses nothing and saves at most once."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import accounts, clock, connection_tests
from app.connection_tests import Progress, Saved, progress
from app.mail.settings import ConnectionSecurity
from app.models import Account
from tests.fakes.mail_server import imap, serving, smtp
from tests.integration.workers import workers

# A whole run takes about this long once the process is loaded.
RUN_SECONDS = 0.05
KILLS = 12


@pytest.fixture
def servers():
    """Both servers in clear, which is enough to be killed in front of."""
    with serving(imap()) as incoming, serving(smtp()) as outgoing:
        yield incoming.port, outgoing.port


@pytest.fixture
def testers(person, servers, database_url):
    with workers("tests.integration.connection_tests.worker", database_url, person.vault, *servers) as testers:
        yield testers


def test_a_worker_killed_at_random_loses_nothing_and_saves_at_most_once(person, details, servers, testers):
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
        testers.run(test.id, kill_after=chance.uniform(0, RUN_SECONDS))

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
                testers.run(answer.test.id)
        person.session.rollback()
        account = accounts.find_by_address(person.session, email)
        assert account is not None
        assert accounts.details_of(account, person.vault).imap_password == "first secret"
    assert person.session.scalar(select(func.count()).select_from(Account)) == KILLS
    assert survived, "no blow fell before the save; the test has proved nothing"

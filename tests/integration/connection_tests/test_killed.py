"""A worker killed at any moment between the submit and the save loses nothing and saves at most once."""

import random
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import accounts, clock, connection_tests
from app.connection_tests import Progress, Saved, progress
from app.mail.settings import ConnectionSecurity
from app.models import Account, ConnectionTest, TestState
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
    found: Counter[Progress] = Counter()
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
        moment = chance.uniform(0, RUN_SECONDS)
        if round_number == 0:
            testers.run(test.id, kill_after=0)
        elif round_number == 1:
            # However slow the machine is just now.
            testers.run(test.id, kill_after=moment, counted_from=lambda test=test: has_ended(person.session, test))
        else:
            testers.run(test.id, kill_after=moment)

        later = clock.now() + timedelta(minutes=1)
        state = seen(person.session, test, email, later)
        found[state] += 1
        if state is Progress.INTERRUPTED:
            # The person finds the form as it was and presses the button again, with the password left blank.
            assert connection_tests.details_of(test, person.vault) == wanted
            person.now = later
            answer = person.save(replace(wanted, imap_password=None), submission=submission, held=test)
            if not isinstance(answer, Saved):
                testers.run(answer.test.id)
                assert seen(person.session, answer.test, email, later) is Progress.SAVED
        person.session.rollback()
        account = accounts.find_by_address(person.session, email)
        assert account is not None
        assert accounts.details_of(account, person.vault).imap_password == "first secret"
    assert person.session.scalar(select(func.count()).select_from(Account)) == KILLS
    assert not any(passwords_left(person.session))
    assert found[Progress.INTERRUPTED], "no blow fell before the save"
    assert found[Progress.SAVED], "every blow fell before the save"


def has_ended(session: Session, test: ConnectionTest) -> bool:
    session.rollback()
    session.refresh(test)
    return test.state is TestState.FINISHED


def seen(session: Session, test: ConnectionTest, email: str, now: datetime) -> Progress:
    """Return what the person sees of a test whose worker is gone, which must be what the database holds."""
    ended, account = has_ended(session, test), accounts.find_by_address(session, email)
    state = progress(test, now=now)
    if ended:
        assert state is Progress.SAVED
        assert account is not None
        assert test.saved_account_id == account.id
        assert test.imap_password is None
    else:
        assert state is Progress.INTERRUPTED
        assert account is None
        assert test.saved_account_id is None
        assert test.imap_password is not None
    return state


def passwords_left(session: Session) -> list[str | None]:
    return [
        *session.scalars(select(ConnectionTest.imap_password)),
        *session.scalars(select(ConnectionTest.smtp_password)),
    ]

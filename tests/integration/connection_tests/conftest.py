"""A person, a form and servers that say what the test wants them to say."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import connection_tests
from app.accounts import AccountDetails
from app.connection_tests import Draft, Owner
from app.mail.outcomes import Outcome
from app.mail.probe import SideFinished, SideResult, Step, StepFinished, StepName
from app.mail.settings import ConnectionSecurity, ProbeRequest, Side
from app.models import Account, ConnectionTest, Role, User
from app.vault import Vault, generate_key

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass
class Servers:
    """Plays both servers: one step and one verdict a side. Remembers what it was asked."""

    outcomes: dict[Side, Outcome] = field(default_factory=lambda: dict.fromkeys(Side, Outcome.OK))
    requests: list[ProbeRequest] = field(default_factory=list)

    def probe(self, request: ProbeRequest) -> Iterator[StepFinished | SideFinished]:
        self.requests.append(request)
        for side in Side:
            if getattr(request, side) is not None:
                outcome = self.outcomes[side]
                step = Step(StepName.RESOLVE, outcome is Outcome.OK, 1.0, None)
                yield StepFinished(side, step)
                yield SideFinished(side, SideResult(outcome, (step,), True, None, (), None, ()))

    @property
    def last(self) -> ProbeRequest:
        return self.requests[-1]


@dataclass
class Person:
    """Somebody with a form: saves, tests, waits for the worker."""

    session: Session
    vault: Vault
    servers: Servers
    now: datetime = START
    owner: Owner = field(default_factory=lambda: Owner(user_id=1))

    def draft(self, details: AccountDetails, **more: object) -> Draft:
        return Draft(**({"details": details, "submission": "form-1", "owner": self.owner} | more))

    def test(self, details: AccountDetails, **more: object) -> ConnectionTest:
        started = connection_tests.start(
            self.session, self.draft(details, **more), saves=False, vault=self.vault, now=self.now
        )
        return self.work(started.test)

    def save(self, details: AccountDetails, **more: object) -> connection_tests.Saved | connection_tests.Started:
        answer = connection_tests.save(self.session, self.draft(details, **more), vault=self.vault, now=self.now)
        self.session.commit()
        return answer

    def save_and_wait(self, details: AccountDetails, **more: object) -> ConnectionTest:
        answer = self.save(details, **more)
        assert isinstance(answer, connection_tests.Started)
        return self.work(answer.test)

    def work(self, test: ConnectionTest) -> ConnectionTest:
        self.session.commit()
        connection_tests.run(
            self.session,
            test,
            vault=self.vault,
            probe=self.servers.probe,
            clock=lambda: self.now,
            publish=self.session.commit,
        )
        return test

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        for number in (1, 2):
            email = f"person{number}@infirma.pl"
            session.add(User(id=number, email=email, email_key=email, role=Role.MEMBER, created_at=START))
        session.commit()
        yield session


@pytest.fixture
def person(session: Session) -> Person:
    return Person(session, Vault({"k1": generate_key()}), Servers())


@pytest.fixture
def details() -> AccountDetails:
    return AccountDetails(
        name="Biuro",
        email="biuro@infirma.pl",
        colour="#2f74d0",
        imap_host="infirma.pl",
        imap_port=993,
        imap_security=ConnectionSecurity.TLS,
        imap_username="biuro@infirma.pl",
        imap_password="first secret",
        smtp_host="infirma.pl",
        smtp_port=465,
        smtp_security=ConnectionSecurity.TLS,
    )


@pytest.fixture
def account(person: Person, details: AccountDetails) -> Account:
    """An account that was tested and saved; the form that made it is long closed."""
    test = person.save_and_wait(details, submission="form-0")
    person.later(hours=1)
    return person.session.get_one(Account, test.saved_account_id)


@pytest.fixture
def blank(details: AccountDetails) -> AccountDetails:
    """The same details with the password left blank."""
    return replace(details, imap_password=None)

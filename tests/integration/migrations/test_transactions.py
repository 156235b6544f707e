"""What a transaction promises on either database: writers wait for each other, and a rollback undoes everything."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import clock
from app.config import Config
from app.models import Role, User
from app.models.database import engine_for


@pytest.fixture
def engine(database_url, tmp_path):
    environment = {"SKRZYNKA_DATA": str(tmp_path), "SKRZYNKA_DATABASE_URL": database_url}
    return engine_for(Config.from_environment(environment).database_url)


def person(number: int) -> User:
    email = f"person{number}@firma.pl"
    return User(email=email, email_key=email, role=Role.MEMBER, created_at=clock.now())


def emails(engine) -> set[str]:
    with Session(engine) as session:
        return set(session.scalars(select(User.email)))


def test_a_reader_who_writes_after_somebody_else_wrote_is_not_refused(engine):
    with Session(engine) as first, Session(engine) as second:
        assert first.scalars(select(User)).all() == []
        second.add(person(2))
        second.commit()
        first.add(person(1))
        first.commit()
    assert emails(engine) == {"person1@firma.pl", "person2@firma.pl"}


def test_many_writers_wait_for_each_other(engine):
    def write(number: int) -> None:
        with Session(engine) as session:
            session.scalars(select(User)).all()
            session.add(person(number))
            session.flush()
            session.scalars(select(User)).all()
            session.commit()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(60)))
    assert len(emails(engine)) == 60


def test_a_rollback_undoes_a_released_savepoint(engine):
    with Session(engine) as session:
        with session.begin_nested():
            session.add(person(1))
        session.rollback()
    assert emails(engine) == set()


def test_a_savepoint_that_fails_leaves_the_rest(engine):
    with Session(engine) as session:
        session.add(person(1))
        session.flush()
        with pytest.raises(IntegrityError), session.begin_nested():
            session.add(person(1))
        session.commit()
    assert emails(engine) == {"person1@firma.pl"}


def test_an_error_does_not_show_the_parameters_of_its_statement(engine):
    with Session(engine) as session:
        session.add_all([person(1), person(1)])
        with pytest.raises(IntegrityError, match="SQL parameters hidden"):
            session.commit()

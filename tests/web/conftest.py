"""An app with an empty database of its own, and somebody who looks at it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.config import Config
from app.extensions import db
from app.factory import create_app
from app.models import Base, User
from app.users import passwords
from tests.cast import ADMIN, MEMBER
from tests.web.page import Visitor

TRANSLATIONS = Path(__file__).resolve().parents[2] / "app" / "translations"


@pytest.fixture(autouse=True, scope="session")
def _compiled_translations():
    """Compile the translations where `make install` has not done so since they were changed."""
    for source in TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            with source.open("rb") as text, compiled.open("wb") as binary:
                write_mo(binary, read_po(text))


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch):
    # The real cost is measured where it matters; here it would be most of the running time.
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What the operator says; tests that need something else ask for it and change it before ``app``."""
    return {
        "SKRZYNKA_DATA": str(tmp_path),
        "SKRZYNKA_DATABASE_URL": os.environ.get("SKRZYNKA_TEST_DATABASE_URL", ""),
    }


@pytest.fixture
def app(environment: dict[str, str]) -> Iterator[Flask]:
    """The web application on an empty database."""
    app = create_app(Config.from_environment(environment))
    with app.app_context():
        engine = db.engine
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    yield app
    engine.dispose()


@pytest.fixture
def engine(app: Flask) -> Engine:
    """The app's database."""
    with app.app_context():
        return db.engine


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session beside the app's own: what the app commits is seen after ``session.rollback()``."""
    with Session(engine) as session:
        yield session


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody who is not signed in."""
    return Visitor(app.test_client())


@pytest.fixture
def member(session: Session) -> User:
    """A member, in the database."""
    return MEMBER.join(session)


@pytest.fixture
def admin(session: Session) -> User:
    """An administrator, in the database."""
    return ADMIN.join(session)


@pytest.fixture
def client(app: Flask, member: User) -> Visitor:
    """The member, signed in."""
    visitor = Visitor(app.test_client())
    visitor.sign_in(MEMBER.email, MEMBER.password)
    return visitor


@pytest.fixture
def admin_client(app: Flask, admin: User) -> Visitor:
    """The administrator, signed in."""
    visitor = Visitor(app.test_client())
    visitor.sign_in(ADMIN.email, ADMIN.password)
    return visitor

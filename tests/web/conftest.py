"""An app with an empty database of its own, and somebody who looks at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.config import Config
from app.extensions import db
from app.factory import create_app
from app.models import User
from tests.cast import ADMIN, MEMBER
from tests.servers.postgres import PostgresServer
from tests.servers.tables import empty
from tests.web.compiled_rules import compile_once
from tests.web.compiled_templates import CompiledTemplates
from tests.web.lasting_engines import make_once
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
def _cheap_passwords(cheap_passwords: None) -> None:
    pass


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresServer) -> str:
    """One PostgreSQL database for all tests of this process; each finds it empty."""
    return postgres.database_with_tables()


@pytest.fixture(autouse=True, scope="session")
def _made_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        compile_once(patch)
        make_once(patch)
        yield


@pytest.fixture(scope="session")
def compiled_templates() -> CompiledTemplates:
    """Templates as the first app compiled them: each test has an app of its own, and compiling was half its time."""
    return CompiledTemplates()


@pytest.fixture(params=["sqlite", "postgresql"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """What the operator says; tests that need something else ask for it and change it before ``app``."""
    if request.param == "sqlite":
        url = f"sqlite:///{request.getfixturevalue('database_file')}"
    else:
        url = request.getfixturevalue("postgres_url")
    return {"SKRZYNKA_DATA": str(tmp_path), "SKRZYNKA_DATABASE_URL": url}


@pytest.fixture
def app(environment: dict[str, str], compiled_templates: CompiledTemplates) -> Iterator[Flask]:
    """The web application on an empty database, once of each kind."""
    app = create_app(Config.from_environment(environment))
    app.jinja_env.bytecode_cache = compiled_templates
    with app.app_context():
        engine = db.engine
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            # The driver's own: it sends several statements at once.
            empty(connection.connection.driver_connection)
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
    visitor.enter(MEMBER.email, MEMBER.password)
    return visitor


@pytest.fixture
def admin_client(app: Flask, admin: User) -> Visitor:
    """The administrator, signed in."""
    visitor = Visitor(app.test_client())
    visitor.enter(ADMIN.email, ADMIN.password)
    return visitor

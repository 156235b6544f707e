"""The migrations make exactly the tables of the models, on both databases, up and down."""

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import clock, fetching
from app.config import Config
from app.models import Base, ConnectionTest, FormLayout, FormLayoutVersion, Role, User, migrations
from app.models.database import engine_for
from app.vault import Vault, generate_key
from tests import cast


@pytest.fixture
def url(bare_database_url, tmp_path):
    """The URL of a database without tables, as the configuration spells it."""
    environment = {"SKRZYNKA_DATA": str(tmp_path), "SKRZYNKA_DATABASE_URL": bare_database_url}
    return Config.from_environment(environment).database_url


def tables(url: str) -> set[str]:
    with engine_for(url).connect() as connection:
        return set(inspect(connection).get_table_names())


def test_the_migrated_tables_are_those_of_the_models(url):
    migrations.upgrade(url)
    with engine_for(url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    assert tables(url) == {*Base.metadata.tables, "alembic_version"}


def test_going_down_leaves_nothing_and_up_again_works(url):
    migrations.upgrade(url)
    migrations.downgrade(url, "base")
    assert tables(url) == {"alembic_version"}
    assert not migrations.is_current(engine_for(url))
    migrations.upgrade(url)
    assert migrations.is_current(engine_for(url))


def test_migrating_again_keeps_what_is_stored(url):
    migrations.upgrade(url)
    with Session(engine_for(url)) as session:
        session.add(User(email="ola@firma.pl", email_key="ola@firma.pl", role=Role.MEMBER, created_at=clock.now()))
        session.commit()
    migrations.upgrade(url)
    with Session(engine_for(url)) as session:
        assert [user.email for user in session.query(User)] == ["ola@firma.pl"]


def test_a_layout_of_a_client_stays_one_up_and_down_and_keeps_its_versions(url):
    layouts = "INSERT INTO form_layouts (id, name, client_id, position, version, created_at) VALUES "
    version = "INSERT INTO form_layout_versions (id, layout_id, number, created_at, sections) VALUES "
    migrations.upgrade(url, "0003")
    with engine_for(url).begin() as connection:
        for values in ("(1, 'All', NULL, 1, 1, '2026-01-01')", "(2, 'One', 7, 2, 1, '2026-01-01')"):
            connection.execute(text(layouts + values))
        connection.execute(text(version + "('v', 2, 1, '2026-01-01', '[]')"))
    migrations.upgrade(url)
    with Session(engine_for(url)) as session:
        assert [(it.id, it.for_clients) for it in session.query(FormLayout).order_by("id")] == [(1, False), (2, True)]
        assert session.query(FormLayoutVersion).one().layout_id == 2
    migrations.downgrade(url, "0003")
    with engine_for(url).connect() as connection:
        rows = connection.execute(text("SELECT id, client_id FROM form_layouts ORDER BY id"))
        assert [tuple(row) for row in rows] == [(1, None), (2, 0)]
        assert connection.scalar(text("SELECT layout_id FROM form_layout_versions")) == 2


def test_tests_of_people_stay_and_those_of_links_go_where_links_have_none(url):
    columns = "(id, user_id, submission, saves, state, details, imap_steps, smtp_steps, suggested, additional, "
    columns += "imap_password_typed, smtp_password_typed, created_at"
    values = "'s', FALSE, 'queued', '{}', '[]', '[]', '', FALSE, FALSE, FALSE, '2026-01-01'"
    migrations.upgrade(url, "0004")
    with engine_for(url).begin() as connection:
        person = "INSERT INTO users (id, email, email_key, role, session_epoch, created_at) VALUES "
        connection.execute(text(person + "(1, 'ola@firma.pl', 'ola@firma.pl', 'member', 0, '2026-01-01')"))
        connection.execute(text(f"INSERT INTO connection_tests {columns}) VALUES ('of-a-person', 1, {values})"))
    migrations.upgrade(url)
    with Session(engine_for(url)) as session:
        assert [(it.id, it.user_id, it.link_id) for it in session.query(ConnectionTest)] == [("of-a-person", 1, None)]
        client, _key = cast.embed_client(session)
        link = cast.embed_link(session, Vault({"k1": generate_key()}), client)[1].id
        of_a_link = f"INSERT INTO connection_tests {columns}, link_id) VALUES ('of-a-link', NULL, {values}, '{link}')"
        session.execute(text(of_a_link))
        session.commit()
        for owners in ("NULL, {0}, NULL", "1, {0}, '{1}'"):
            both = f"INSERT INTO connection_tests {columns}, link_id) VALUES ('x', {owners.format(values, link)})"
            with pytest.raises(IntegrityError):
                session.execute(text(both))
            session.rollback()
        session.execute(text("DELETE FROM embed_links"))
        assert [it.id for it in session.query(ConnectionTest)] == ["of-a-person"]
        session.rollback()
    migrations.downgrade(url, "0004")
    with engine_for(url).connect() as connection:
        kept = connection.execute(text("SELECT id, user_id FROM connection_tests")).all()
        assert [tuple(row) for row in kept] == [("of-a-person", 1)]
    migrations.upgrade(url)
    with Session(engine_for(url)) as session:
        assert session.query(ConnectionTest).one().link_id is None


def test_accounts_that_wait_for_somebody_go_on_waiting_up_and_down(url):
    columns = "id, version, name, email, email_key, colour, active, created_at, changed_at, fast_mode, smtp_auth, "
    columns += "smtp_same_credentials, imap_host, imap_port, imap_security, imap_username, "
    columns += "smtp_host, smtp_port, smtp_security"
    rest = "'#123456', TRUE, '2026-01-01', '2026-01-01', FALSE, TRUE, TRUE, 'h', 993, 'tls', 'u', 'h', 465, 'tls'"
    state = "account_id, account_version, due_at, held_at, outcome, wanted, epoch, failures, refusals, stored, "
    state += "passed_over, expected, mark_seen, listed_senders_only"
    held = "'2026-01-01', '2026-01-01', 'auth_failed', FALSE, 1, 3, 3, 0, 0, 0, FALSE, FALSE"
    migrations.upgrade(url, "0013")
    with engine_for(url).begin() as connection:
        # The first one waits; the second one was changed since.
        for number, version, known in [(1, 7, 7), (2, 7, 6)]:
            account = f"{number}, {version}, 'a{number}', 'a{number}@firma.pl', 'a{number}@firma.pl', {rest}"
            connection.execute(text(f"INSERT INTO accounts ({columns}) VALUES ({account})"))
            connection.execute(text(f"INSERT INTO fetch_states ({state}) VALUES ({number}, {known}, {held})"))
    for _ in range(2):
        migrations.upgrade(url)
        with Session(engine_for(url)) as session:
            assert [each.account_id for each in fetching.list_waiting(session)] == [1]
            # Another name, as it is counted now.
            session.execute(text("UPDATE accounts SET version = version + 1 WHERE id = 1"))
            session.commit()
            assert [each.account_id for each in fetching.list_waiting(session)] == [1]
        migrations.downgrade(url, "0013")


def test_people_are_found_by_the_rule_of_accounts_and_whoever_share_an_address_stay_as_they_were(url, caplog):
    columns = "(id, email, email_key, role, session_epoch, created_at)"
    known = {1: "x@żółw.pl", 2: "Ola@faß.de", 3: "jan@łoś.pl", 4: "jan@xn--o-dla0f.pl", 5: "anna@firma.pl", 6: ""}
    before = {number: email.casefold() for number, email in known.items()}
    migrations.upgrade(url, "0018")
    with engine_for(url).begin() as connection:
        for number, email in known.items():
            values = f"({number}, '{email}', '{before[number]}', 'member', 0, '2026-01-01')"
            connection.execute(text(f"INSERT INTO users {columns} VALUES {values}"))
    migrations.upgrade(url)
    with Session(engine_for(url)) as session:
        after = {person.id: person.email_key for person in session.query(User)}
    assert after == before | {1: "x@xn--w-uga1v8h.pl", 2: "ola@xn--fa-hia.de"}
    (said,) = [record.getMessage() for record in caplog.records if record.name == "skrzynka.migrations"]
    assert said.startswith("jan@łoś.pl is somebody else's address too")
    migrations.downgrade(url, "0018")
    with engine_for(url).connect() as connection:
        assert dict(connection.execute(text("SELECT id, email_key FROM users")).all()) == before


def test_processes_that_start_together_migrate_once(url):
    program = "import sys; from app.models import migrations; migrations.upgrade(sys.argv[1])"
    command = [sys.executable, "-c", program, url]
    together = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    answers = [(process.communicate(timeout=60)[1], process.returncode) for process in together]
    assert answers == [("", 0)] * 3
    assert migrations.is_current(engine_for(url))


def test_a_migration_that_fails_leaves_the_tables_as_they_were(url, monkeypatch):
    def fail(*_arguments, **_options):
        raise RuntimeError("the power went off")

    monkeypatch.setattr("alembic.op.create_index", fail)
    monkeypatch.setattr("alembic.operations.BatchOperations.create_index", fail)
    with pytest.raises(RuntimeError):
        migrations.upgrade(url)
    assert tables(url) - {"alembic_version"} == set()


def test_a_number_is_given_once(url):
    migrations.upgrade(url)
    with Session(engine_for(url)) as session:
        for _ in range(2):
            person = User(email="ola@firma.pl", email_key="ola@firma.pl", role=Role.MEMBER, created_at=clock.now())
            session.add(person)
            session.flush()
            given = person.id
            session.delete(person)
            session.commit()
    assert given == 2


def test_sqlite_gives_no_number_twice_in_any_table_whether_migrated_or_made(tmp_path):
    migrated, made = (f"sqlite:///{tmp_path}/{name}.db" for name in ("migrated", "made"))
    migrations.upgrade(migrated)
    Base.metadata.create_all(engine_for(made))
    assert numbering_tables(migrated) == numbering_tables(made) != set()


def numbering_tables(url: str) -> set[str]:
    with engine_for(url).connect() as connection:
        return set(connection.scalars(text("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'")))


def test_foreign_keys_are_enforced_after_a_migration(url):
    migrations.upgrade(url)
    with Session(engine_for(url)) as session:
        session.add(ConnectionTest(id="t", user_id=99, submission="s", saves=False, details={}, created_at=clock.now()))
        with pytest.raises(IntegrityError):
            session.commit()

"""``skrzynka migrate``: the tables are there afterwards, however often it is called."""

from sqlalchemy import inspect

from app.config import Config
from app.models import Base, migrations
from app.models.database import engine_for
from tests.integration.cli.conftest import one_line, run


def test_an_empty_database_gets_all_its_tables(environment):
    done = run(environment, "migrate")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    engine = engine_for(Config.from_environment(environment).database_url)
    assert migrations.is_current(engine)
    assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())


def test_a_second_time_changes_nothing(migrated):
    again = run(migrated, "migrate")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_an_older_database_is_brought_up_to_date(migrated):
    url = Config.from_environment(migrated).database_url
    migrations.downgrade(url, "base")
    assert not migrations.is_current(engine_for(url))
    assert run(migrated, "migrate").returncode == 0
    assert migrations.is_current(engine_for(url))


def test_a_database_that_cannot_be_reached_is_said_in_one_line(tmp_path):
    environment = {"SKRZYNKA_DATA": str(tmp_path), "SKRZYNKA_DATABASE_URL": "postgresql://u:canary@127.0.0.1:1/none"}
    line = one_line(run(environment, "migrate"))
    assert "database cannot be used" in line
    assert "canary" not in line


def test_what_is_no_database_url_is_said_in_one_line(tmp_path):
    environment = {"SKRZYNKA_DATA": str(tmp_path), "SKRZYNKA_DATABASE_URL": "nonsense"}
    assert "SKRZYNKA_DATABASE_URL" in one_line(run(environment, "migrate"), 2)

"""The job: an id in, what was found in the database."""

from datetime import timedelta

import pytest
from flask import Flask

from app import jobs
from app.autodiscovery import Source, lookups
from app.clock import now
from app.config import Config
from app.extensions import db
from app.factory import create_app
from app.jobs import JOBS
from app.mail.settings import Side
from app.models import Base, Lookup
from tests.fakes.dns import SILENT
from tests.fakes.internet import Internet, config

EMAIL = "biuro@infirma.test"


@pytest.fixture
def app(tmp_path, net: Internet) -> Flask:
    app = create_app(Config.from_environment({"SKRZYNKA_DATA": str(tmp_path), **net.environment}))
    with app.app_context():
        Base.metadata.create_all(db.engine)
    return app


def test_a_worker_may_be_asked_for_it():
    assert JOBS["app.jobs.autodiscovery.run"] is jobs.autodiscovery.run


@pytest.mark.parametrize(("answer", "minutes"), [(["10 mx.infirma.test"], 10), (SILENT, 1)])
def test_when_the_name_server_was_silent_it_is_asked_again_in_a_minute(app, net, answer, minutes):
    net.names["infirma.test", "MX"] = answer
    with app.app_context():
        lookup_id = lookups.ask(db.session, "infirma.test", now=now())
        db.session.commit()
        jobs.autodiscovery.run(lookup_id)
        good_for = db.session.get(Lookup, lookup_id).good_until - now()
    assert timedelta(minutes=minutes - 0.5) < good_for <= timedelta(minutes=minutes)


def test_what_was_found_is_in_the_database_and_nobody_looks_twice(app, net):
    net.provider("infirma.test", config("infirma.test", "imap.infirma.test", "smtp.infirma.test"))
    with app.app_context():
        lookup_id = lookups.ask(db.session, "infirma.test", now=now())
        db.session.commit()
        jobs.autodiscovery.run(lookup_id)
        jobs.autodiscovery.run(lookup_id)
        jobs.autodiscovery.run(4711)
        # Each look begins with this one; sources that were beaten may still be asking others.
        assert net.questions.count(("autoconfig.infirma.test", "A")) == 1
        found = lookups.known(db.session, EMAIL, now=now())
    server = found.suggestion.servers[Side.IMAP]
    assert (server.host, server.username, server.source) == ("imap.infirma.test", EMAIL, Source.AUTOCONFIG)
    assert not found.under_way

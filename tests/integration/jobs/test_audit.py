"""Each test leaves one line: who, which servers, which addresses, what came of it; and no secret."""

import json
import logging

import pytest
from sqlalchemy.orm import Session

from app import clock, embed, jobs
from app.connection_tests import Owner
from app.extensions import current_config, db, queue
from app.models import ConnectionTest, Role, User
from tests import cast
from tests.integration.jobs.conftest import started_by
from tests.servers.waiting import wait_until

CANARY = "kanarek-w-dzienniku"


def forging(owner: Owner) -> ConnectionTest:
    return started_by(owner, imap_username='"\r\nforged', imap_password=CANARY)


@pytest.fixture
def test(app) -> ConnectionTest:
    user = User(email="maria@firma.test", email_key="maria@firma.test", role=Role.MEMBER, created_at=clock.now())
    db.session.add(user)
    db.session.flush()
    return forging(Owner(user_id=user.id))


def lines(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "skrzynka.audit"]


def test_a_test_leaves_one_line_without_a_secret(test, caplog):
    caplog.set_level(logging.INFO, logger="skrzynka.audit")
    jobs.connection_tests.run(test.id)
    (line,) = lines(caplog)
    entry = json.loads(line)
    assert entry["email"] == "maria@firma.test"
    assert entry["imap"] == {"host": "127.0.0.1", "port": 993, "address": None, "outcome": "host_not_allowed"}
    assert entry["smtp"]["outcome"] == "host_not_allowed"
    assert "\n" not in line
    assert CANARY not in line


def test_the_line_of_an_embedded_form_names_the_site_and_the_link_but_not_its_signature(app, caplog):
    caplog.set_level(logging.INFO, logger="skrzynka.audit")
    client, key = cast.embed_client(db.session, name='Pomoc "\u2028<b>')
    asked = {"email": "tajna@infirma.pl", "state": "tajny stan"}
    token, link = cast.embed_link(db.session, current_config().vault, client, **asked)
    jobs.connection_tests.run(forging(Owner(link_id=link.id)).id)
    (line,) = lines(caplog)
    entry = json.loads(line)
    assert (entry["link"], entry["client"]) == (link.id, 'Pomoc "\u2028<b>')
    assert "user" not in entry
    assert entry["imap"]["outcome"] == "host_not_allowed"
    assert line.isascii()
    for secret in (token, token.partition(".")[2], key, "tajn", CANARY):
        assert secret not in line


def test_a_test_that_is_deleted_with_its_site_while_it_runs_leaves_its_line_all_the_same(app, caplog, monkeypatch):
    caplog.set_level(logging.INFO, logger="skrzynka.audit")
    client, _key = cast.embed_client(db.session, name="Pomoc")
    test = forging(Owner(link_id=cast.embed_link(db.session, current_config().vault, client)[1].id))
    test_id, link_id = test.id, test.link_id
    probe = jobs.connection_tests.probe

    def probe_until_it_is_removed(request, network):
        *first, last = probe(request, network)
        yield from first
        with Session(db.engine) as other:
            embed.remove(other, embed.get(other, client.id))
            other.commit()
        yield last

    monkeypatch.setattr(jobs.connection_tests, "probe", probe_until_it_is_removed)
    jobs.connection_tests.run(test_id)
    (line,) = lines(caplog)
    entry = json.loads(line)
    assert (entry["test"], entry["state"]) == (test_id, "deleted")
    assert (entry["link"], entry["client"]) == (link_id, "Pomoc")
    assert [entry[side]["outcome"] for side in ("imap", "smtp")] == ["host_not_allowed"] * 2
    assert db.session.get(ConnectionTest, test_id) is None


def test_a_job_that_comes_twice_leaves_no_second_line(test, caplog):
    caplog.set_level(logging.INFO, logger="skrzynka.audit")
    for _ in range(2):
        jobs.connection_tests.run(test.id)
    assert len(lines(caplog)) == 1


def test_real_workers_write_it_into_their_log(test, start_workers, tmp_path):
    with start_workers():
        queue.enqueue(jobs.connection_tests.run, test.id)
        wait_until(lambda: "host_not_allowed" in (tmp_path / "worker.log").read_text(), "the line")

"""Whoever is responsible for an account that is not let in any more is told by mail: once each time, never twice."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from flask import Flask
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select, update

from app import accounts, clock, fetching, sending, users
from app.config import Config
from app.extensions import JobQueue, QueueUnavailable, db
from app.factory import create_app
from app.jobs import owner_notices
from app.jobs import sending as sending_jobs
from app.models import Account, FetchState, OutgoingMessage, Role
from tests.cast import ADMIN, MEMBER
from tests.fakes.mail_server import serving, smtp, taking
from tests.integration.fetching.conftest import Collector
from tests.servers.fixtures import PASSWORD

WRONG = "wrong-canary"


@pytest.fixture
def app(collector: Collector, database_url: str, redis, tmp_path: Path) -> Iterator[Flask]:
    environment = {
        "SKRZYNKA_DATA": str(tmp_path),
        "SKRZYNKA_DATABASE_URL": database_url,
        "SKRZYNKA_REDIS_URL": redis.url,
    }
    config = replace(Config.from_environment(environment), vault=collector.vault, network=collector.network)
    app = create_app(config)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def queued(redis) -> Callable[[], list[str]]:
    """Return the messages that workers are asked to send."""

    def read() -> list[str]:
        jobs = Queue(JobQueue.other_name, connection=redis.client, serializer=JSONSerializer).jobs
        return [job.args[0] for job in jobs if job.func_name == "app.jobs.sending.send"]

    return read


@pytest.fixture
def outgoing():
    with serving(smtp(replies={"DATA": taking(b"250 taken\r\n")})) as server:
        yield server


@pytest.fixture
def member(collector: Collector, cheap_passwords):
    return MEMBER.join(collector.session)


@pytest.fixture
def refused(collector: Collector, member, dovecot_server) -> Account:
    """An account of the member's whose password was changed on its server: it was let in before, three times not."""
    account = collector.account(dovecot_server.tls_port, "tls")
    assert collector.fetch(account).outcome == "ok"
    account.added_by = member.id
    collector.session.commit()
    change_password(collector, account, WRONG)
    refuse(collector, account)
    return account


@pytest.fixture
def sender(collector: Collector, outgoing, refused) -> Account:
    """Another account, which can send."""
    return collector.account(1, email="inne@infirma.pl", smtp_port=outgoing.port)


def change_password(collector: Collector, account: Account, password: str) -> None:
    details = replace(accounts.details_of(account, collector.vault), imap_password=password)
    said = {"expected_version": None, "tested": None, "vault": collector.vault, "now": collector.now}
    accounts.change(collector.session, account, details, **said)
    collector.session.commit()


def refuse(collector: Collector, account: Account) -> None:
    """Let it be fetched until nothing more is tried."""
    for _ in range(3):
        assert collector.fetch_if_due(account).outcome == "auth_failed"
        collector.later(hours=2)
    assert collector.fetch_if_due(account) is None
    assert collector.state(account).held_at is not None


def tell(app: Flask) -> None:
    """Do what the schedule has a worker do."""
    with app.app_context():
        owner_notices.tell()


def messages(collector: Collector) -> list[OutgoingMessage]:
    collector.session.rollback()
    collector.session.expire_all()
    return list(collector.session.scalars(select(OutgoingMessage).order_by(OutgoingMessage.created_at)))


def waiting(collector: Collector) -> list[int]:
    collector.session.rollback()
    return [each.account_id for each in fetching.list_waiting(collector.session)]


@pytest.mark.usefixtures("sender")
def test_a_changed_password_is_told_once_and_again_when_it_happens_again(
    collector: Collector, app, queued, refused, outgoing
):
    tell(app)
    tell(app)
    (message,) = messages(collector)
    assert queued() == [message.id]
    with app.app_context():
        sending_jobs.send(message.id)
    assert messages(collector)[0].state == "sent"
    raw = bytes(outgoing.received[-1]).partition(b"DATA\r\n")[2]
    letter = message_from_bytes(raw, policy=default)
    assert letter["To"] == MEMBER.email
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Subject"] == f"Hasło do {refused.email} nie jest już przyjmowane"
    body = letter.get_body(("plain",)).get_content()
    for word in (refused.name, refused.email, "localhost", "Słowa serwera", "Authentication failed", "Wpisz", "hasło"):
        assert word.lower() in body.lower()
    assert f"http://127.0.0.1:5000/accounts/{refused.id}#imap-password" in body
    assert WRONG not in body
    assert PASSWORD not in body
    # The right password ends it; another change begins anew.
    assert waiting(collector) == [refused.id]
    change_password(collector, refused, PASSWORD)
    assert waiting(collector) == [], "before anything was fetched"
    assert collector.fetch_if_due(refused).outcome == "ok"
    tell(app)
    change_password(collector, refused, WRONG)
    refuse(collector, refused)
    tell(app)
    assert len(messages(collector)) == 2


@pytest.mark.usefixtures("sender")
@pytest.mark.parametrize("place", [{"behind_proxy": True}, {"host": "0.0.0.0"}])
def test_where_the_address_of_the_installation_is_not_known_there_is_no_link(collector: Collector, app, refused, place):
    app.extensions["skrzynka.config"] = replace(app.extensions["skrzynka.config"], **place)
    tell(app)
    (message,) = messages(collector)
    assert refused.email in message.source_text
    assert "http" not in message.source_text


@pytest.mark.usefixtures("sender")
def test_what_is_no_matter_of_a_password_is_told_with_the_page_about_fetching(collector: Collector, app, refused):
    collector.session.execute(update(FetchState).values(outcome="secret_unreadable", told_at=None))
    collector.session.commit()
    tell(app)
    (message,) = messages(collector)
    assert f"http://127.0.0.1:5000/fetching/{refused.id}" in message.source_text.split()


@pytest.mark.usefixtures("refused", "sender")
def test_of_two_that_tell_at_the_same_time_one_does(collector: Collector, app):
    together = threading.Barrier(2)

    def work() -> None:
        together.wait()
        tell(app)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(messages(collector)) == 1


@pytest.mark.usefixtures("refused", "sender")
@pytest.mark.parametrize("committed", [False, True])
def test_one_that_is_killed_while_it_tells_leaves_all_or_nothing(
    collector: Collector, app, queued, committed, monkeypatch
):
    class Killed(BaseException):
        """Nothing catches it."""

    with app.app_context():
        commit = db.session.commit

        def killed() -> None:
            if committed:
                commit()
            raise Killed

        monkeypatch.setattr(db.session, "commit", killed)
        with pytest.raises(Killed):
            owner_notices.tell()
    assert len(messages(collector)) == int(committed)
    assert queued() == []
    tell(app)
    (message,) = messages(collector)
    with app.app_context():
        sending_jobs.sweep()
    assert message.id in queued(), "what was queued and never enqueued is taken up by the sweep"


@pytest.mark.usefixtures("refused", "sender")
def test_while_the_queue_is_away_nothing_is_lost(collector: Collector, app, redis, queued):
    redis.stop()
    with pytest.raises(QueueUnavailable):
        tell(app)
    redis.start()
    tell(app)
    (message,) = messages(collector)
    with app.app_context():
        sending_jobs.sweep()
    assert queued() == [message.id]


def test_without_another_account_that_can_send_only_the_pages_say_it(collector: Collector, app, refused, sender):
    accounts.record_test(collector.session, sender, accounts.Tested(collector.now, "ok", "auth_failed"))
    collector.session.commit()
    tell(app)
    assert messages(collector) == []
    assert waiting(collector) == [refused.id]
    assert collector.session.get_one(FetchState, refused.id).told_at is not None


def test_an_account_that_is_off_is_no_sender(collector: Collector, app, refused, sender):
    with app.app_context():
        assert [each.id for each in able(refused)] == [sender.id]
    accounts.deactivate(collector.session, sender)
    collector.session.commit()
    with app.app_context():
        assert able(refused) == []


def able(account: Account) -> list[Account]:
    return list(sending.able_to_send(db.session, besides=account.id))


@pytest.mark.usefixtures("sender")
def test_an_account_of_nobody_is_told_to_the_administrators(collector: Collector, app, refused):
    admin = ADMIN.join(collector.session)
    admin.locale = "en"
    # A plain UPDATE: nobody has changed the account.
    collector.session.execute(update(Account).where(Account.id == refused.id).values(added_by=None))
    collector.session.commit()
    tell(app)
    (message,) = messages(collector)
    assert (message.user_id, message.subject) == (
        admin.id,
        f"The password of {refused.email} is not accepted any more",
    )


def test_a_passed_test_ends_the_episode_and_lets_fetching_go_on(collector: Collector, refused, dovecot_server):
    # The server takes the stored password again.
    tested = accounts.Tested(max(collector.now, clock.now()), "ok", "ok")
    accounts.record_test(collector.session, refused, tested)
    collector.session.commit()
    assert waiting(collector) == []
    report = collector.fetch_if_due(refused)
    assert report is not None, "it is due, whatever has held it up"
    assert collector.state(refused).refusals == 1, "counted anew"


def test_fetching_by_hand_ends_the_episode(collector: Collector, refused):
    fetching.fetch_now(collector.session, refused, now=collector.now)
    collector.session.commit()
    assert waiting(collector) == []


@pytest.mark.parametrize("address", ["anna@localhost", "anna@biuro.local", "a@firma.test,b@firma.test", 'anna"@x.test'])
@pytest.mark.usefixtures("sender")
def test_instead_of_somebody_who_cannot_be_written_to_the_administrators_are_told_who_can(
    collector: Collector, app, member, address
):
    users.change_address(collector.session, member, address)
    admin = ADMIN.join(collector.session)
    users.add(collector.session, email="root@localhost", role=Role.ADMIN, password=None, now=collector.now)
    collector.session.commit()
    tell(app)
    assert [message.user_id for message in messages(collector)] == [admin.id]

"""How many tests there may be: for each person, and of each host over all people."""

from datetime import timedelta

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import select

from app.extensions import limiter
from app.models import ConnectionTest, Problem
from tests.cast import ADMIN, OUTSIDER
from tests.web.connection_tests.conftest import TYPED, stored
from tests.web.page import Visitor


def test_the_sixth_test_of_a_minute_is_put_off_with_all_that_was_typed(start, session, enqueued):
    for number in range(5):
        start(imap_host=f"imap{number}.infirma.pl", smtp_host=f"smtp{number}.infirma.pl")
    page = start(imap_host="imap6.infirma.pl")
    assert len(enqueued) == 5
    assert stored(session).problem is Problem.TOO_MANY_TESTS
    assert "Test again in" in page.said("connection-test-headline")
    assert page.value("imap-host") == "imap6.infirma.pl"
    assert "Kept as you typed it" in page.said("imap-password-row")


def test_afterwards_the_page_says_that_there_is_room_again(start, client, session):
    for number in range(6):
        page = start(imap_host=f"imap{number}.infirma.pl", smtp_host=f"smtp{number}.infirma.pl")
    test = stored(session)
    test.retry_at -= timedelta(minutes=2)
    session.commit()
    assert "There is room for a test again" in client.visit(page.url).said("connection-test-headline")


def test_a_host_is_tested_ten_times_a_minute_whoever_asks(start, app, admin, session, enqueued):
    for _ in range(5):
        start(smtp_host="smtp.infirma.pl")
    other = Visitor(app.test_client())
    other.sign_in(ADMIN.email, ADMIN.password)
    for number in range(5):
        other.submit(
            other.visit("/accounts/new"), button="Test connection", **(TYPED | {"smtp_host": f"smtp{number}.pl"})
        )
    assert len(enqueued) == 10
    third = Visitor(app.test_client())
    third.sign_in(*newcomer(session))
    third.submit(third.visit("/accounts/new"), button="Test connection", **(TYPED | {"smtp_host": "smtp9.pl"}))
    assert len(enqueued) == 10


def newcomer(session) -> tuple[str, str]:
    OUTSIDER.join(session)
    return OUTSIDER.email, OUTSIDER.password


def test_the_same_form_sent_twice_counts_once(client, session, enqueued):
    form = client.visit("/accounts/new")
    for _ in range(8):
        client.submit(form, button="Test connection", **TYPED)
    session.rollback()
    tests = session.scalars(select(ConnectionTest)).all()
    assert [test.problem for test in tests] == [None]


def test_a_save_that_has_to_test_counts_too(start, enqueued):
    for number in range(6):
        start(button="Save changes", imap_host=f"imap{number}.infirma.pl", smtp_host=f"smtp{number}.infirma.pl")
    assert len(enqueued) == 5


@pytest.mark.parametrize("method", ["hit", "get_window_stats"])
def test_a_count_that_cannot_be_kept_stops_nobody(start, monkeypatch, enqueued, app, method):
    def away(*_arguments: object) -> bool:
        raise RedisConnectionError

    with app.app_context():
        monkeypatch.setattr(limiter.limiter, method, away)
    for number in range(6):
        start(imap_host=f"imap{number}.infirma.pl", smtp_host=f"smtp{number}.infirma.pl")
    assert len(enqueued) == 6

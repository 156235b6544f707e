"""From a started test to a running one, as often as is allowed.

Each test dials servers of somebody's choice, with a password: too many would lock accounts, and make this system a tool
against others. So they are counted, for each person, and for each host over all people.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from flask import Response, current_app, url_for
from limits import RateLimitItem, parse_many
from redis.exceptions import RedisError

from app import clock, connection_tests, embed, jobs
from app.connection_tests import Owner, Started
from app.extensions import QueueUnavailable, db, limiter, queue
from app.mail.settings import Side
from app.models import ConnectionTest, Problem
from app.web import replies
from app.web.surroundings import dom_id


def launch(started: Started) -> None:
    """Commit the test and have a worker run it. Where that cannot be done the test's page says so, with all typed."""
    test = started.test
    held_back = not started.again and _is_one_too_many(test)
    db.session.commit()
    if held_back:
        return
    try:
        queue.enqueue(jobs.connection_tests.run, test.id)
    except QueueUnavailable:
        connection_tests.cancel(db.session, test, Problem.QUEUE_UNAVAILABLE)
        db.session.commit()


def lead_to(test: ConnectionTest) -> Response:
    """Lead on to where ``test`` is shown, with the form around it: what was wrong with the form before is settled."""
    if replies.wants_partial():
        return replies.proceed(url_for("connection_tests.show", test_id=test.id, around="form"))
    return replies.proceed(url_for("connection_tests.show", test_id=test.id, _anchor=dom_id("connection-test")))


def _is_one_too_many(test: ConnectionTest) -> bool:
    """Count ``test``, and end it where it may not begin."""
    free_at = _count(test)
    if free_at is not None:
        connection_tests.put_off(test, until=free_at)
        return True
    if not _link_has_room(test):
        connection_tests.cancel(db.session, test, Problem.LINK_SPENT)
        return True
    return False


def _link_has_room(test: ConnectionTest) -> bool:
    """Count ``test`` for the link that it belongs to, whichever button has started it."""
    return test.link_id is None or embed.count_probe(db.session, test.link_id)


def _count(test: ConnectionTest) -> datetime | None:
    """Count ``test``; return when there is room again if it is one too many."""
    try:
        for limit, *key in _limits(test):
            if not limiter.limiter.hit(limit, *key):
                reset_at = limiter.limiter.get_window_stats(limit, *key).reset_time
                return max(datetime.fromtimestamp(reset_at, UTC), clock.now() + timedelta(seconds=1))
    except RedisError:
        # Redis is away, and with it the queue: nothing will run, and the page will say why.
        return None
    return None


def _limits(test: ConnectionTest) -> Iterator[tuple[RateLimitItem, str, str]]:
    for limit in parse_many(current_app.config["TESTS_PER_PERSON"]):
        yield limit, "tests-by-owner", str(Owner.of(test))
    details = connection_tests.details_of(test, None)
    untried = [side for side in Side if getattr(test, f"{side}_result") is None]
    for host in sorted({details.server(side).host for side in untried}):
        for limit in parse_many(current_app.config["TESTS_PER_HOST"]):
            yield limit, "tests-of-host", host

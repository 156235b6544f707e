"""From a started test to a running one, as often as is allowed.

Each test dials servers of somebody's choice, with a password: too many would lock accounts, and make this system a tool
against others. So they are counted, for each person, and for each host over all people.
"""

from collections.abc import Iterator

from flask import Response, url_for

from app import connection_tests, embed, jobs
from app.connection_tests import Owner, Started
from app.extensions import QueueUnavailable, db, queue
from app.mail.settings import Side
from app.models import ConnectionTest, Problem
from app.web import replies
from app.web.pacing import put_off_until
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
    free_at = put_off_until(_counted(test))
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


def _counted(test: ConnectionTest) -> Iterator[tuple[str, str, str]]:
    yield "TESTS_PER_PERSON", "tests-by-owner", str(Owner.of(test))
    details = connection_tests.details_of(test, None)
    untried = [side for side in Side if getattr(test, f"{side}_result") is None]
    for host in sorted({details.server(side).host for side in untried}):
        yield "TESTS_PER_HOST", "tests-of-host", host

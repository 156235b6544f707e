"""From a stored test to a running one."""

from flask import Response, url_for

from app import connection_tests, jobs
from app.extensions import QueueUnavailable, db, queue
from app.models import ConnectionTest, Problem
from app.web import replies


def launch(test: ConnectionTest) -> Response:
    """Commit ``test``, have a worker run it, and lead to its page. Without a queue the page says so, with all typed."""
    db.session.commit()
    try:
        queue.enqueue(jobs.connection_tests.run, test.id)
    except QueueUnavailable:
        connection_tests.cancel(db.session, test, Problem.QUEUE_UNAVAILABLE)
        db.session.commit()
    return replies.proceed(url_for("connection_tests.show", test_id=test.id))

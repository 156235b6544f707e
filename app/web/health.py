"""What programs ask: is it alive, and how much is there. Both are public; a proxy may keep /metrics inside."""

from collections.abc import Iterator

from flask import Blueprint, Response, jsonify
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db, queue
from app.models import Account, ConnectionTest
from app.web.access import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """Say whether the parts this process needs answer: 200, or 503 and which of them does not."""
    checks = {"database": _database_answers(), "queue": queue.answers()}
    response = jsonify(ok=all(checks.values()), checks=checks)
    response.status_code = 200 if all(checks.values()) else 503
    return response


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """Return counts for Prometheus. They are read from the database, so every process tells the same."""
    registry = CollectorRegistry()
    registry.register(_Counts())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Counts(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        accounts = GaugeMetricFamily("skrzynka_accounts", "Mail accounts", labels=["active"])
        for active, count in db.session.execute(select(Account.active, func.count()).group_by(Account.active)):
            accounts.add_metric(["yes" if active else "no"], count)
        yield accounts
        tests = GaugeMetricFamily("skrzynka_connection_tests", "Connection tests kept", labels=["state"])
        by_state = select(ConnectionTest.state, func.count()).group_by(ConnectionTest.state)
        for state, count in db.session.execute(by_state):
            tests.add_metric([state], count)
        yield tests


def _database_answers() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True

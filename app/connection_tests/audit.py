"""One line per test for whoever has to find out later what was dialled, and for whom."""

import json
from typing import Any

from app.connection_tests.credentials import details_of
from app.mail.outcomes import Outcome
from app.mail.result import StepName
from app.mail.settings import Side
from app.models import ConnectionTest, User


def audit_line(test: ConnectionTest, user: User) -> str:
    """Return who tested which servers, the addresses that were dialled, and the outcomes; as JSON, without secrets.

    JSON, because a host is whatever somebody has typed: in it no line break and no quote can forge another entry.
    """
    details = details_of(test, None)
    sides = {
        str(side): {
            "host": details.server(side).host,
            "port": details.server(side).port,
            "address": _address(getattr(test, f"{side}_steps")),
            "outcome": _outcome(getattr(test, f"{side}_result")),
        }
        for side in Side
    }
    return json.dumps({"test": test.id, "state": test.state, "user": user.id, "email": user.email, **sides})


def _address(steps: list[dict[str, Any]]) -> str | None:
    connected = [step["detail"] for step in steps if step["step"] == StepName.CONNECT and step["ok"]]
    return connected[0] if connected else None


def _outcome(result: dict[str, Any] | None) -> Outcome | None:
    return None if result is None else Outcome(result["outcome"])

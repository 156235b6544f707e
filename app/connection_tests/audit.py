"""One line per test for whoever has to find out later what was dialled, and for whom."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import Session

from app.connection_tests.credentials import details_of
from app.mail.outcomes import Outcome
from app.mail.result import StepName
from app.mail.settings import Side
from app.models import ConnectionTest, EmbedClient, EmbedLink, User


def audit_line(session: Session, test: ConnectionTest, tried: Collection[Side]) -> str:
    """Return who tested which servers, the addresses behind them, and the outcomes; as JSON, without secrets.

    A side that was taken over from an earlier test was not ``tried`` in this one, and stands in that one's line.

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
        if side in tried
    }
    return json.dumps({"test": test.id, "state": test.state, **_who(session, test), **sides})


def _who(session: Session, test: ConnectionTest) -> dict[str, object]:
    if test.link_id is None:
        user = session.get_one(User, test.user_id)
        return {"user": user.id, "email": user.email}
    # The nonce of a link is no secret without its signature.
    link = session.get_one(EmbedLink, test.link_id)
    return {"link": link.id, "client": session.get_one(EmbedClient, link.client_id).name}


def _address(steps: list[dict[str, Any]]) -> str | None:
    """Return the address that was connected to, else all that the name led to, else None."""
    found = {step["step"]: step["detail"] for step in steps if step["ok"]}
    return found.get(StepName.CONNECT) or found.get(StepName.RESOLVE)


def _outcome(result: dict[str, Any] | None) -> Outcome | None:
    return None if result is None else Outcome(result["outcome"])

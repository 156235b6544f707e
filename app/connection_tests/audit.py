"""One line per test for whoever has to find out later what was dialled, and for whom."""

import json
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import AccountDetails
from app.connection_tests.credentials import details_of
from app.connection_tests.heard import Heard, Tried
from app.mail.outcomes import Outcome
from app.mail.result import StepName
from app.mail.settings import Side
from app.models import ConnectionTest, EmbedClient, EmbedLink, User


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who tests which servers. Made before the test runs: it may be deleted meanwhile, together with whose it is."""

    test_id: str
    who: dict[str, object]
    details: AccountDetails

    @classmethod
    def of(cls, session: Session, test: ConnectionTest) -> Self:
        """Return the entry of ``test``."""
        return cls(test.id, _who(session, test), details_of(test, None))

    def line(self, tried: Tried) -> str:
        """Return who tested which servers, the addresses behind them, and the outcomes; as JSON, without secrets.

        A side that was taken over from an earlier test was not ``tried`` in this one, and stands in that one's line.

        JSON, because a host is whatever somebody has typed: in it no line break and no quote can forge another entry.
        """
        sides = {str(side): self._side(side, tried.sides[side]) for side in Side if side in tried.sides}
        return json.dumps({"test": self.test_id, "state": tried.state, **self.who, **sides})

    def _side(self, side: Side, heard: Heard) -> dict[str, object]:
        server = self.details.server(side)
        return {
            "host": server.host,
            "port": server.port,
            "address": _address(heard.steps),
            "outcome": _outcome(heard.result),
        }


def _who(session: Session, test: ConnectionTest) -> dict[str, object]:
    if test.link_id is None:
        user = session.get_one(User, test.user_id)
        return {"user": user.id, "email": user.email}
    client_of_link = select(EmbedClient.name).join(EmbedLink, EmbedLink.client_id == EmbedClient.id)
    # The nonce of a link is no secret without its signature.
    return {"link": test.link_id, "client": session.scalar(client_of_link.where(EmbedLink.id == test.link_id))}


def _address(steps: list[dict[str, Any]]) -> str | None:
    """Return the address that was connected to, else all that the name led to, else None."""
    found = {step["step"]: step["detail"] for step in steps if step["ok"]}
    return found.get(StepName.CONNECT) or found.get(StepName.RESOLVE)


def _outcome(result: dict[str, Any] | None) -> Outcome | None:
    return None if result is None else Outcome(result["outcome"])

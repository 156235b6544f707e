"""A queue without workers, and what was found as if one had looked."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.autodiscovery import Findings, Mail, Offer, Source, Way, lookups
from app.autodiscovery.personal import anybody_at
from app.clock import now
from app.mail.settings import ConnectionSecurity, Side

Find = Callable[..., None]


@pytest.fixture(autouse=True)
def enqueued(monkeypatch) -> list[tuple[object, ...]]:
    """What was put into the queue: (the job's module, its ids)."""
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(
        "app.extensions.JobQueue.enqueue",
        lambda _self, function, *ids: calls.append((function.__module__.rpartition(".")[2], *ids)),
    )
    return calls


def offer(source: Source, imap: str, smtp: str, domain: str) -> Offer:
    """Return an offer of two ways to each of two servers."""
    user = anybody_at(domain)
    ways = {
        Side.IMAP: (
            Way(imap, 993, ConnectionSecurity.TLS, user),
            Way(imap, 143, ConnectionSecurity.STARTTLS, user),
        ),
        Side.SMTP: (Way(smtp, 465, ConnectionSecurity.TLS, user),),
    }
    return Offer(source, ways)


@pytest.fixture
def find(session: Session, app, enqueued) -> Find:
    """Record what somebody has found out about a domain, also for the search that a form has begun."""

    def record(domain: str, *offers: Offer, mail: Mail = Mail.TAKEN, complete: bool = True) -> None:
        # A form may have begun the search already.
        lookups.ask(session, domain, now=now())
        lookups.record(session, domain, Findings(offers, mail, complete), now=now())
        session.commit()

    return record

"""What DNS says of services, where it does not say everything in time."""

import threading

import pytest

from app.autodiscovery.ranking import both_heard
from app.autodiscovery.sources import Reach, srv
from app.mail.deadline import Deadline
from app.mail.records import Service, Services
from app.mail.rules import NetworkRules
from app.mail.settings import Side


def test_a_side_whose_services_were_not_told_in_time_is_unheard(monkeypatch: pytest.MonkeyPatch):
    over = threading.Event()

    def services(name: str, _rules: NetworkRules, _deadline: Deadline) -> Services | None:
        if name.startswith("_submission."):
            over.wait(30)
        return Services((Service("imap.infirma.pl", 993),)) if name.startswith("_imaps.") else None

    monkeypatch.setattr(srv, "services", services)
    monkeypatch.setattr(srv, "resolve", lambda *_: None)
    with Deadline(0.2) as deadline:
        offer = srv.ask("infirma.pl", Reach(NetworkRules()), deadline)
    over.set()
    assert offer is not None
    assert (bool(offer.ways[Side.IMAP]), offer.unheard) == (True, {Side.SMTP})
    assert not both_heard([offer])

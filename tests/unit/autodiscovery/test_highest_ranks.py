"""What is known here ranks above all that was found: what other accounts prove, then what is built in."""

from itertools import combinations

import pytest
from sqlalchemy.orm import Session

from app import accounts
from app.autodiscovery import Findings, Offer, Source, Way, lookups
from app.autodiscovery.personal import anybody_at
from app.mail.settings import ConnectionSecurity, Side
from app.models import Role, User
from app.vault import Vault, generate_key
from tests import cast

# Of a provider that is built in, and of nobody.
BUILT_IN, ELSEWHERE = "wp.pl", "infirma.test"
# By rank; whoever follows was found in the network, and ranks there by itself.
RANKED = (
    Source.LEARNED,
    Source.PROVIDER,
    Source.AUTOCONFIG,
    Source.REDIRECTED,
    Source.ISPDB,
    Source.SRV,
    Source.MX,
    Source.ANSWERED,
)
PAIRS = [pair for pair in combinations(RANKED, 2) if {Source.LEARNED, Source.PROVIDER} & {*pair}]


def prove(session: Session, domain: str, moment) -> None:
    """Have somebody add an account of ``domain`` that works."""
    session.add(User(id=1, email="anna@x.test", email_key="anna@x.test", role=Role.MEMBER, created_at=moment))
    session.flush()
    details = cast.details(email=f"szef@{domain}", imap_host="learned.test", smtp_host="learned.test")
    vault, tested = Vault({"k1": generate_key()}), accounts.Tested(moment, "ok", "ok")
    accounts.create(session, details, submission=None, tested=tested, vault=vault, now=moment, added_by=1)


def find(session: Session, domain: str, source: Source, moment) -> None:
    """Have the network say something about both sides of ``domain``."""
    way = Way(f"{source}.test", 993, ConnectionSecurity.TLS, anybody_at(domain))
    assert lookups.ask(session, domain, now=moment) is not None
    lookups.record(session, domain, Findings((Offer(source, dict.fromkeys(Side, (way,))),)), now=moment)


@pytest.mark.parametrize(("better", "worse"), PAIRS)
def test_of_two_that_disagree_the_one_that_is_known_here_wins(session, noon, better, worse):
    domain = BUILT_IN if Source.PROVIDER in (better, worse) else ELSEWHERE
    if better is Source.LEARNED:
        prove(session, domain, noon)
    if worse is not Source.PROVIDER:
        find(session, domain, worse, noon)
    found = lookups.known(session, f"biuro@{domain}", now=noon)
    assert [found.suggestion.servers[side].source for side in Side] == [better, better]
    expected = ("learned.test", "learned.test") if better is Source.LEARNED else ("imap.wp.pl", "smtp.wp.pl")
    assert tuple(found.suggestion.servers[side].host for side in Side) == expected

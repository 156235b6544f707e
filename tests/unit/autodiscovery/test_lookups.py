"""A domain is looked up once, and what was found is kept for as long as it is believed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.autodiscovery import Findings, Mail, Offer, ProviderNote, Source, Way, lookups
from app.autodiscovery.personal import STAND_IN
from app.mail.settings import ConnectionSecurity, Side
from app.models import Lookup

DOMAIN = "infirma.test"
EMAIL = f"biuro@{DOMAIN}"
OFFER = Offer(
    Source.MX,
    {Side.IMAP: (Way("imap.x.test", 993, ConnectionSecurity.TLS, STAND_IN),), Side.SMTP: ()},
    ProviderNote("X", app_password=True, texts=("set_up_first",)),
    oauth_only=frozenset({Side.SMTP}),
    unproven=frozenset({Side.IMAP}),
    denied=frozenset({Side.IMAP}),
    led_by="www.x.test",
)


def ask(session: Session, moment) -> int:
    lookup_id = lookups.ask(session, DOMAIN, now=moment)
    assert lookup_id is not None
    return lookup_id


def keep(session, moment, findings: Findings) -> None:
    """Have the domain asked about, and keep what was found."""
    ask(session, moment)
    lookups.record(session, DOMAIN, findings, now=moment)


def test_a_domain_is_asked_about_once_and_begun_once(session, noon):
    lookup_id = ask(session, noon)
    assert lookups.ask(session, DOMAIN, now=noon) is None
    assert lookups.begin(session, lookup_id, now=noon) == DOMAIN
    assert lookups.begin(session, lookup_id, now=noon) is None
    assert lookups.known(session, EMAIL, now=noon).under_way


def test_whoever_has_died_is_not_waited_for(session, noon):
    lookup_id = ask(session, noon)
    lookups.begin(session, lookup_id, now=noon)
    later = noon + timedelta(seconds=21)
    found = lookups.known(session, EMAIL, now=later)
    assert (found.under_way, found.unasked) == (False, True)
    assert ask(session, later) == lookup_id
    assert lookups.begin(session, lookup_id, now=later) == DOMAIN


def test_a_lookup_that_waited_too_long_never_begins(session, noon):
    lookup_id = ask(session, noon)
    assert lookups.begin(session, lookup_id, now=noon + timedelta(seconds=21)) is None
    assert lookups.begin(session, 4711, now=noon) is None


def test_what_was_found_is_believed_for_a_day_and_silence_for_minutes(session, noon):
    lives = {}
    for findings in (Findings((OFFER,)), Findings(), Findings(complete=False)):
        session.query(Lookup).delete()
        keep(session, noon, findings)
        lookup = session.scalars(select(Lookup)).one()
        lives[len(findings.offers), findings.complete] = lookup.good_until - noon
        assert lookups.ask(session, DOMAIN, now=lookup.good_until - timedelta(seconds=1)) is None
        assert lookups.ask(session, DOMAIN, now=lookup.good_until) is not None
    assert lives[1, True] > lives[0, True] > lives[0, False]


@pytest.mark.parametrize(("complete", "life"), [(True, timedelta(days=1)), (False, timedelta(minutes=10))])
def test_a_side_of_which_somebody_was_silent_is_looked_up_again_soon(session, noon, complete, life):
    one_side = replace(OFFER, source=Source.ISPDB, oauth_only=frozenset(), unproven=frozenset())
    keep(session, noon, Findings((one_side,), complete=complete))
    assert session.scalars(select(Lookup)).one().good_until - noon == life


@pytest.mark.parametrize("weak", [Source.REDIRECTED, Source.SRV, Source.MX, Source.ANSWERED])
def test_what_nobody_vouches_for_is_looked_up_again_sooner(session, noon, weak):
    one_side = replace(OFFER, source=Source.ISPDB, oauth_only=frozenset(), unproven=frozenset())
    other_side = replace(OFFER, source=weak, unproven=frozenset())
    vouched = replace(OFFER, source=Source.ISPDB)
    lives = []
    for offers in ((vouched, other_side), (other_side,), (one_side, other_side)):
        session.query(Lookup).delete()
        keep(session, noon, Findings(offers))
        lives.append(session.scalars(select(Lookup)).one().good_until - noon)
    assert lives == [timedelta(days=1), timedelta(hours=1), timedelta(hours=1)]


def test_everything_comes_back_as_it_was_found(session, noon):
    keep(session, noon, Findings((OFFER,), Mail.TAKEN))
    session.flush()
    session.expire_all()
    found = lookups.known(session, EMAIL, now=noon)
    server = found.suggestion.servers[Side.IMAP]
    assert (server.host, server.username, server.source) == ("imap.x.test", "biuro", Source.GUESS)
    assert found.offers[Side.IMAP].source is Source.MX
    assert found.led_by(Side.IMAP, "imap.x.test") == "www.x.test"
    assert found.led_by(Side.IMAP, "imap.y.test") == found.led_by(Side.SMTP, "imap.x.test") == ""
    assert found.provider.name == "X"
    assert found.denied == {Side.IMAP}
    assert (found.mail, found.under_way, found.unasked) == (Mail.TAKEN, False, False)


def test_what_was_found_before_anybody_kept_who_had_led_there_is_still_read(session, noon):
    keep(session, noon, Findings((OFFER,), Mail.TAKEN))
    lookup = session.scalars(select(Lookup)).one()
    lookup.findings = {**lookup.findings, "offers": [dict(one) for one in lookup.findings["offers"]]}
    del lookup.findings["offers"][0]["led_by"]
    session.flush()
    session.expire_all()
    assert lookups.known(session, EMAIL, now=noon).offers[Side.IMAP].led_by == ""


def test_that_no_program_is_let_in_comes_back_too(session, noon):
    keep(session, noon, Findings((Offer(Source.MX, {}, closed=True),)))
    session.flush()
    session.expire_all()
    assert lookups.known(session, EMAIL, now=noon).suggestion.servers == {}
    assert session.scalars(select(Lookup)).one().good_until - noon == timedelta(hours=1)


def test_old_lookups_are_forgotten(session, noon):
    ask(session, noon)
    lookups.forget_expired(session, now=noon + timedelta(days=6))
    assert session.scalars(select(Lookup)).all()
    lookups.forget_expired(session, now=noon + timedelta(days=8))
    assert not session.scalars(select(Lookup)).all()

"""What is put together for one address: each side its winner, each name resolved, the provider's note whoever won."""

import pytest

from app.autodiscovery import Offer, ProviderNote, Source, Way, put_together
from app.autodiscovery.personal import STAND_IN, anybody_at
from app.mail.settings import ConnectionSecurity, Side

TLS = ConnectionSecurity.TLS


def offer(source: Source, domain: str, *sides: Side, name: str = "", note: ProviderNote | None = None) -> Offer:
    way = Way(f"{source}.test", 993, TLS, name or anybody_at(domain))
    return Offer(source, dict.fromkeys(sides, (way,)), note)


@pytest.mark.parametrize(
    ("email", "pattern", "username"),
    [
        ("biuro@infirma.pl", anybody_at("infirma.pl"), "biuro@infirma.pl"),
        ("biuro@infirma.pl", STAND_IN, "biuro"),
        ("biuro+lista@infirma.pl", anybody_at("infirma.pl"), "biuro@infirma.pl"),
        ("Biuro@INFIRMA.pl", anybody_at("infirma.pl"), "Biuro@infirma.pl"),
        ("biuro@sklep.infirma.pl", f"{STAND_IN}%x.test", "biuro%x.test"),
        ("biuro@infirma.pl", "one-for-all", "one-for-all"),
        ("+@infirma.pl", STAND_IN, "+"),
    ],
)
def test_a_user_name_is_made_of_the_mailbox(email, pattern, username):
    found = put_together(email, [offer(Source.ISPDB, "infirma.pl", *Side, name=pattern)])
    assert found.suggestion.servers[Side.IMAP].username == username


def test_a_side_of_which_nobody_knows_has_the_general_rule():
    found = put_together("biuro@infirma.pl", [offer(Source.SRV, "infirma.pl", Side.SMTP)])
    sources = {side: server.source for side, server in found.suggestion.servers.items()}
    assert sources == {Side.IMAP: Source.GUESS, Side.SMTP: Source.SRV}


def test_what_the_provider_wants_is_told_whoever_knows_the_servers_better():
    note = ProviderNote("Hoster", app_password=True)
    known = offer(Source.PROVIDER, "infirma.pl", *Side, note=note)
    found = put_together("biuro@infirma.pl", [offer(Source.LEARNED, "infirma.pl", *Side), known])
    assert found.suggestion.servers[Side.IMAP].source is Source.LEARNED
    assert found.provider == note


PLAIN = ConnectionSecurity.NONE


@pytest.mark.parametrize("source", [Source.LEARNED, Source.PROVIDER, Source.AUTOCONFIG, Source.MX, Source.ANSWERED])
def test_no_way_without_encryption_comes_before_one_with_it(source):
    named = [("a", PLAIN), ("b", ConnectionSecurity.STARTTLS), ("c", PLAIN), ("d", TLS)]
    ways = tuple(Way(f"{host}.test", 143, security, STAND_IN) for host, security in named)
    found = put_together("biuro@infirma.pl", [Offer(source, {Side.IMAP: ways, Side.SMTP: (ways[0],)})])
    first, last = (found.suggestion.servers[side] for side in (Side.IMAP, Side.SMTP))
    assert (first.host, first.security) == ("b.test", ConnectionSecurity.STARTTLS)
    assert [way.host for way in found.alternatives(Side.IMAP)] == ["d.test", "a.test", "c.test"]
    assert (last.host, last.security) == ("a.test", PLAIN)


def test_there_are_not_endlessly_many_ways_and_the_encrypted_ones_stay():
    plain = tuple(Way(f"plain{number}.test", 143, PLAIN, STAND_IN) for number in range(200))
    found = put_together("biuro@infirma.pl", [Offer(Source.ISPDB, {Side.IMAP: (*plain, Way("x.test", 993, TLS, "x"))})])
    assert found.suggestion.servers[Side.IMAP].host == "x.test"
    assert len(found.alternatives(Side.IMAP)) == 11


def noted(source: Source, *sides: Side) -> Offer:
    return offer(source, "infirma.pl", *sides, note=ProviderNote(source.value, help_url="https://x.test/"))


WEAK_SOURCES = [Source.REDIRECTED, Source.SRV, Source.MX]


@pytest.mark.parametrize("weak", WEAK_SOURCES)
def test_a_note_of_whoever_vouches_wins_over_a_better_ranked_one_of_whoever_does_not(weak):
    found = put_together("biuro@infirma.pl", [noted(weak, *Side), noted(Source.ISPDB, Side.SMTP)])
    assert found.suggestion.servers[Side.SMTP].source is weak
    assert found.provider.name == "ispdb"


@pytest.mark.parametrize("weak", WEAK_SOURCES)
@pytest.mark.parametrize(("won", "named"), [([], True), ([Side.IMAP], True), ([Side.IMAP, Side.SMTP], False)])
def test_a_note_of_whoever_does_not_vouch_counts_only_beside_a_server_of_theirs(weak, won, named):
    found = put_together("biuro@infirma.pl", [offer(Source.AUTOCONFIG, "infirma.pl", *won), noted(weak, *Side)])
    assert (found.provider is not None) is named


def test_that_no_program_is_let_in_is_not_said_where_one_is():
    found = put_together("anna@tuta.com", [offer(Source.LEARNED, "tuta.com", *Side), closed(Source.PROVIDER)])
    assert found.provider is None
    assert put_together("anna@tuta.com", [closed(Source.PROVIDER)]).provider.name == "Tuta"


def test_that_no_program_is_let_in_is_not_said_beside_a_server_whoever_says_it():
    found = put_together("biuro@infirma.pl", [offer(Source.ISPDB, "infirma.pl", Side.IMAP), closed(Source.MX)])
    assert found.provider is None
    assert put_together("biuro@infirma.pl", [closed(Source.MX)]).provider.name == "Tuta"


def closed(source: Source) -> Offer:
    return Offer(source, {}, ProviderNote("Tuta", texts=("no_imap",)), closed=True)


@pytest.mark.parametrize("better", [[], [Source.ISPDB], [Source.LEARNED]])
def test_where_no_program_is_let_in_there_is_no_server_unless_somebody_better_knows_one(better):
    offers = [offer(source, "infirma.pl", Side.IMAP) for source in better]
    found = put_together("biuro@infirma.pl", [*offers, closed(Source.MX), offer(Source.ANSWERED, "infirma.pl", *Side)])
    assert {side: server.source for side, server in found.suggestion.servers.items()} == dict.fromkeys(
        [Side.IMAP] if better else [], better[0] if better else None
    )
    answer = found.to_json()
    assert (answer["imap"] is None, answer["smtp"], answer["alternatives"]) == (not better, None, [])


@pytest.mark.parametrize("sides", [frozenset({Side.IMAP}), frozenset({Side.SMTP}), frozenset(Side)])
def test_a_side_that_takes_no_password_has_no_server_unless_somebody_better_knows_one(sides):
    ways = tuple(Way("imap.infirma.test", port, TLS, STAND_IN) for port in (993, 1993))
    only_oauth = Offer(Source.PROVIDER, dict.fromkeys(Side, ways), oauth_only=sides)
    found = put_together("biuro@infirma.pl", [only_oauth, offer(Source.ANSWERED, "infirma.pl", *Side)])
    assert (set(found.suggestion.servers), found.oauth_only) == (set(Side) - sides, sides)
    assert [bool(found.alternatives(side)) for side in Side] == [side not in sides for side in Side]
    found = put_together("biuro@infirma.pl", [offer(Source.LEARNED, "infirma.pl", *Side), only_oauth])
    assert {server.source for server in found.suggestion.servers.values()} == {Source.LEARNED}
    assert not found.oauth_only


@pytest.mark.parametrize("email", ["", "biuro", "biuro@infirma", "@infirma.pl"])
def test_of_no_address_nothing_is_known(email):
    assert put_together(email, [offer(Source.ISPDB, "infirma.pl", *Side)]) is None


@pytest.mark.parametrize(
    ("source", "spoken"), [(Source.ANSWERED, "guess"), (Source.REDIRECTED, "autoconfig"), (Source.MX, "mx")]
)
def test_programs_hear_the_words_of_the_contract(source, spoken):
    found = put_together("biuro@infirma.pl", [offer(source, "infirma.pl", *Side)])
    assert found.to_json()["imap"]["source"] == spoken


def test_of_a_server_is_known_what_its_own_ports_want():
    named = [
        ("smtp", 465, ConnectionSecurity.TLS),
        ("smtp", 587, ConnectionSecurity.STARTTLS),
        ("smtp", 587, ConnectionSecurity.NONE),
        ("other", 25, ConnectionSecurity.STARTTLS),
    ]
    ways = tuple(Way(f"{host}.test", port, security, STAND_IN) for host, port, security in named)
    found = put_together("biuro@infirma.pl", [Offer(Source.PROVIDER, {Side.SMTP: ways})])
    assert found is not None
    known = [found.suggestion.servers[Side.SMTP].security_at(port) for port in (465, 587, 25)]
    assert known == [ConnectionSecurity.TLS, ConnectionSecurity.STARTTLS, None]

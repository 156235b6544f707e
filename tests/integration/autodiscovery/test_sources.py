"""Every source alone, every pair in conflict: who is asked, who wins, and what it says."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import combinations, pairwise

import pytest

from app.autodiscovery import Findings, Mail, Offer, Remembered, Source, put_together, to_confirm
from app.autodiscovery.discovering import discover
from app.mail.settings import ConnectionSecurity, Side
from tests.fakes.dns import SERVFAIL, SILENT
from tests.fakes.internet import Internet, config, internet, redirect, status

DOMAIN = "infirma.test"
ADDRESS = f"biuro@{DOMAIN}"


def autoconfig(net: Internet) -> AbstractContextManager[object]:
    net.provider(DOMAIN, config(DOMAIN, "autoconfig-imap.test", "autoconfig-smtp.test"))
    return nullcontext()


def redirected(net: Internet) -> AbstractContextManager[object]:
    net.provider(DOMAIN, redirect("https://hoster.test/elsewhere.xml"))
    net.serves("hoster.test", "/elsewhere.xml", config(DOMAIN, "redirected-imap.test", "redirected-smtp.test"))
    return nullcontext()


def ispdb(net: Internet) -> AbstractContextManager[object]:
    net.database(DOMAIN, config(DOMAIN, "ispdb-imap.test", "ispdb-smtp.test"))
    return nullcontext()


def srv(net: Internet) -> AbstractContextManager[object]:
    net.srv(DOMAIN, imaps="0 1 993 srv-imap.test", submissions="0 1 465 srv-smtp.test")
    return nullcontext()


def mx(net: Internet) -> AbstractContextManager[object]:
    net.mx(DOMAIN, "10 mx.hoster.test")
    net.database("hoster.test", config("hoster.test", "mx-imap.test", "mx-smtp.test"))
    return nullcontext()


@contextmanager
def usual_names(net: Internet) -> Iterator[None]:
    with net.mail_server(993, f"imap.{DOMAIN}"), net.mail_server(465, f"smtp.{DOMAIN}"):
        yield


# By rank.
SOURCES = {
    Source.AUTOCONFIG: autoconfig,
    Source.REDIRECTED: redirected,
    Source.ISPDB: ispdb,
    Source.SRV: srv,
    Source.MX: mx,
    Source.ANSWERED: usual_names,
}
# A provider either answers or leads elsewhere.
PAIRS = [pair for pair in combinations(SOURCES, 2) if pair != (Source.AUTOCONFIG, Source.REDIRECTED)]
WEAK = {Source.REDIRECTED, Source.SRV, Source.MX}


def hosts(findings: Findings) -> tuple[str, str]:
    found = put_together(ADDRESS, findings.offers)
    assert found is not None
    return found.suggestion.servers[Side.IMAP].host, found.suggestion.servers[Side.SMTP].host


def asked_about(findings: Findings) -> list[str]:
    """Return whom a password would go to only after a yes, for incoming and outgoing mail."""
    found = put_together(ADDRESS, findings.offers)
    assert found is not None
    servers = found.suggestion.servers
    asked = to_confirm(ADDRESS, {side: Remembered(servers[side].host, servers[side].source) for side in Side})
    return [asked[side] for side in Side if side in asked]


def source_of(findings: Findings) -> Source:
    found = put_together(ADDRESS, findings.offers)
    assert found is not None
    sources = {server.source for server in found.suggestion.servers.values()}
    assert len(sources) == 1
    return sources.pop()


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_alone_is_believed(net, source):
    with SOURCES[source](net):
        findings = discover(DOMAIN, net.reach)
    assert source_of(findings) is source
    own = source is Source.ANSWERED
    expected = ("imap.infirma.test", "smtp.infirma.test") if own else (f"{source}-imap.test", f"{source}-smtp.test")
    assert hosts(findings) == expected
    assert asked_about(findings) == ([*expected] if source in WEAK else [])
    found = put_together(ADDRESS, findings.offers)
    assert found.suggestion.servers[Side.IMAP].username == ADDRESS


@pytest.mark.parametrize(("better", "worse"), PAIRS)
def test_of_two_that_disagree_the_better_one_wins(net, better, worse):
    with SOURCES[better](net), SOURCES[worse](net):
        assert source_of(discover(DOMAIN, net.reach)) is better


def test_the_own_web_server_is_asked_too(net):
    net.well_known(DOMAIN, config(DOMAIN, "imap.infirma.test", "smtp.infirma.test"))
    assert source_of(discover(DOMAIN, net.reach)) is Source.AUTOCONFIG


def test_whom_the_provider_leads_to_is_asked_about_also_where_the_servers_are_the_own(net):
    net.provider(DOMAIN, redirect("https://hoster.test/elsewhere.xml"))
    net.serves("hoster.test", "/elsewhere.xml", config(DOMAIN, "imap.infirma.test", "smtp.hoster.test"))
    assert asked_about(discover(DOMAIN, net.reach)) == [DOMAIN, "hoster.test"]


def test_a_redirect_within_the_organisation_is_nothing_special(net):
    net.provider(DOMAIN, redirect("https://mail.infirma.test/config.xml"))
    net.serves("mail.infirma.test", "/config.xml", config(DOMAIN, "imap.infirma.test", "smtp.infirma.test"))
    assert source_of(discover(DOMAIN, net.reach)) is Source.AUTOCONFIG


def test_whoever_was_sent_away_is_not_at_home_again_when_a_stranger_sends_them_back(net):
    net.provider(DOMAIN, redirect("https://hoster.test/elsewhere.xml"))
    net.serves("hoster.test", "/elsewhere.xml", redirect(f"https://mail.{DOMAIN}/uploads/guest.xml"))
    net.serves(f"mail.{DOMAIN}", "/uploads/guest.xml", config(DOMAIN, "imap.evil.test", "smtp.evil.test"))
    assert source_of(discover(DOMAIN, net.reach)) is Source.REDIRECTED


@pytest.mark.parametrize(
    ("place", "source"), [("mail.infirma.lh.pl", Source.AUTOCONFIG), ("mail.inna.lh.pl", Source.REDIRECTED)]
)
def test_below_a_shared_hoster_the_names_below_ones_own_are_home_and_no_others(authority, place, source):
    domain = "infirma.lh.pl"
    with internet(authority, certified=(f"autoconfig.{domain}", place)) as net:
        net.mx(domain)
        net.provider(domain, redirect(f"https://{place}/config.xml"))
        net.serves(place, "/config.xml", config(domain, f"imap.{domain}", f"smtp.{domain}"))
        findings = discover(domain, net.reach)
    assert source_of(findings) is source


@pytest.mark.parametrize(
    ("hops", "led_by"),
    [
        (["mail.infirma.test"], ""),
        (["mail.infirma.test", "mail.hoster.test", "other.test"], "mail.hoster.test"),
        (["hoster.test", "mail.infirma.test"], "hoster.test"),
    ],
)
def test_who_was_the_first_to_lead_away_is_kept(net, hops, led_by):
    net.provider(DOMAIN, redirect(f"https://{hops[0]}/hop.xml"))
    for here, there in pairwise(hops):
        net.serves(here, "/hop.xml", redirect(f"https://{there}/hop.xml"))
    net.serves(hops[-1], "/hop.xml", config(DOMAIN, "imap.third.test", "smtp.third.test"))
    found = put_together(ADDRESS, discover(DOMAIN, net.reach).offers)
    assert found.led_by(Side.IMAP, "imap.third.test") == found.led_by(Side.SMTP, "smtp.third.test") == led_by


def test_a_server_for_each_person_is_nobodys_and_another_source_is_heard(net):
    net.provider(DOMAIN, config(DOMAIN, "%EMAILLOCALPART%.autoconfig.test", "%EMAILLOCALPART%.autoconfig.test"))
    with ispdb(net):
        assert hosts(discover(DOMAIN, net.reach)) == ("ispdb-imap.test", "ispdb-smtp.test")


def test_a_document_that_begins_without_encryption_ends_with_it(net):
    document = config(DOMAIN, "imap.infirma.test", "smtp.infirma.test")
    net.provider(DOMAIN, document.replace(b"993</port><socketType>SSL", b"143</port><socketType>plain"))
    found = put_together(ADDRESS, discover(DOMAIN, net.reach).offers)
    assert found.suggestion.servers[Side.IMAP].security is ConnectionSecurity.STARTTLS
    assert [way.security for way in found.alternatives(Side.IMAP)] == [ConnectionSecurity.NONE]


def test_nobody_in_the_network_learns_who_asks(net):
    with autoconfig(net), ispdb(net):
        discover(DOMAIN, net.reach)
    assert not any("biuro" in target for _host, target in net.asked)


def test_each_side_has_its_own_winner(net):
    net.srv(DOMAIN, imaps="0 1 993 srv-imap.test")
    net.mx(DOMAIN, "10 mx.hoster.test")
    net.database("hoster.test", config("hoster.test", "mx-imap.test", "mx-smtp.test"))
    assert hosts(discover(DOMAIN, net.reach)) == ("srv-imap.test", "mx-smtp.test")


def only_imap(domain: str, host: str) -> bytes:
    """Return an autoconfig document that is silent about outgoing mail."""
    document = config(domain, host, "nobody.test")
    start, end = document.index(b"<outgoingServer"), document.index(b"</emailProvider>")
    return document[:start] + document[end:]


def test_the_place_that_is_asked_first_does_not_hide_what_only_the_other_knows(net):
    net.provider(DOMAIN, only_imap(DOMAIN, "first-imap.test"))
    net.well_known(DOMAIN, config(DOMAIN, "second-imap.test", "second-smtp.test"))
    with ispdb(net):
        findings = discover(DOMAIN, net.reach)
    assert hosts(findings) == ("first-imap.test", "second-smtp.test")
    assert source_of(findings) is Source.AUTOCONFIG


def test_nor_does_a_hoster_hide_what_only_the_database_knows_of_it(net):
    net.mx(DOMAIN, "10 mx.hoster.test")
    net.provider("hoster.test", only_imap("hoster.test", "first-imap.test"))
    net.well_known("hoster.test", only_imap("hoster.test", "second-imap.test"))
    net.database("hoster.test", config("hoster.test", "third-imap.test", "third-smtp.test"))
    findings = discover(DOMAIN, net.reach)
    assert hosts(findings) == ("first-imap.test", "third-smtp.test")
    assert source_of(findings) is Source.MX
    assert put_together(ADDRESS, findings.offers).provider.name == "hoster.test"


def test_of_the_side_of_a_hoster_that_nobody_could_ask_about_nothing_is_known(net):
    net.mx(DOMAIN, "10 mx.hoster.test")
    net.provider("hoster.test", only_imap("hoster.test", "first-imap.test"))
    net.database("hoster.test", status(404))
    assert discover(DOMAIN, net.reach).complete
    net.database("hoster.test", status(500))
    findings = discover(DOMAIN, net.reach)
    assert hosts(findings) == ("first-imap.test", DOMAIN)
    assert not findings.complete


def test_services_come_by_priority_and_weight_and_in_implicit_tls_first(net):
    net.names[f"_imaps._tcp.{DOMAIN}", "SRV"] = ["20 1 993 last.test", "10 1 993 light.test", "10 9 993 heavy.test"]
    net.names[f"_imap._tcp.{DOMAIN}", "SRV"] = ["0 1 143 plain.test"]
    net.knows("last.test", "light.test", "heavy.test", "plain.test")
    offer = discover(DOMAIN, net.reach).offers[0]
    assert [way.host for way in offer.ways[Side.IMAP]] == ["heavy.test", "light.test", "last.test", "plain.test"]


NOT_OFFERED = "0 0 0 ."
NONE = frozenset()


@pytest.mark.parametrize(
    ("services", "denied"),
    [
        ({"imaps": NOT_OFFERED, "imap": NOT_OFFERED}, {Side.IMAP}),
        ({"imaps": NOT_OFFERED}, {Side.IMAP}),
        ({"imap": NOT_OFFERED}, {Side.IMAP}),
        ({"submissions": NOT_OFFERED, "submission": NOT_OFFERED}, {Side.SMTP}),
        ({"imap": NOT_OFFERED, "submission": NOT_OFFERED}, {Side.IMAP, Side.SMTP}),
        ({"imaps": "0 1 993 imap.infirma.test", "imap": NOT_OFFERED}, NONE),
        # There is something, although nobody may go there.
        ({"imaps": "0 1 22 imap.infirma.test", "imap": NOT_OFFERED}, NONE),
        ({"submission": "0 1 587 smtp.infirma.test", "submissions": NOT_OFFERED, "imap": NOT_OFFERED}, {Side.IMAP}),
    ],
)
def test_a_service_that_is_denied_is_denied_unless_there_is_another_for_the_side(net, services, denied):
    net.srv(DOMAIN, **services)
    findings = discover(DOMAIN, net.reach)
    assert put_together(ADDRESS, findings.offers).denied == denied
    assert all(offer.ways[side] == () for offer in findings.offers for side in denied)


@pytest.mark.parametrize("answer", [SERVFAIL, SILENT])
def test_nothing_is_denied_as_long_as_the_other_service_is_not_heard_of(net, answer):
    net.srv(DOMAIN, imap=NOT_OFFERED)
    net.names[f"_imaps._tcp.{DOMAIN}", "SRV"] = answer
    findings = discover(DOMAIN, net.reach)
    assert put_together(ADDRESS, findings.offers).denied == NONE
    assert not findings.complete


@pytest.mark.parametrize("source", SOURCES)
def test_whoever_vouches_for_a_server_knows_better_than_a_denial(net, source):
    net.srv(DOMAIN, imap=NOT_OFFERED, submission=NOT_OFFERED)
    with nullcontext() if source is Source.SRV else SOURCES[source](net):
        offers = discover(DOMAIN, net.reach).offers
    # Whoever ranks higher and is quicker does not wait for the denial.
    denial = Offer(Source.SRV, {}, denied=frozenset(Side))
    vouched = source in (Source.AUTOCONFIG, Source.ISPDB)
    assert put_together(ADDRESS, [*offers, denial]).denied == (NONE if vouched else frozenset(Side))


def test_a_denial_leaves_the_other_side_to_whoever_knows_it(net):
    net.srv(DOMAIN, imap=NOT_OFFERED, submissions="0 1 465 srv-smtp.test")
    assert hosts(discover(DOMAIN, net.reach)) == (DOMAIN, "srv-smtp.test")


@pytest.mark.parametrize("record", ["0 1 993 inside.test", "0 1 22 imap.infirma.test", "0 1 993 nowhere.test"])
def test_a_service_that_may_not_be_dialled_is_not_suggested(net, record):
    net.names[f"_imaps._tcp.{DOMAIN}", "SRV"] = [record]
    net.names["inside.test", "A"] = ["10.0.0.1"]
    net.knows("imap.infirma.test")
    assert discover(DOMAIN, net.reach).offers == ()


@pytest.mark.parametrize("server", ["10.0.0.5", "[fd00::5]", "localhost", "imap.infirma.test"])
@pytest.mark.parametrize("publish", ["provider", "database", "hoster"])
def test_nor_does_one_that_a_document_names_win(net, publish, server):
    port = 993 if server != "imap.infirma.test" else 22
    document = config(DOMAIN, server, "10.0.0.5", port=port).replace(b"<port>143<", b"<port>%d<" % port)
    net.mx(DOMAIN, "10 mx.hoster.test")
    if publish == "hoster":
        net.database("hoster.test", document)
        with usual_names(net):
            assert source_of(discover(DOMAIN, net.reach)) is Source.ANSWERED
    else:
        getattr(net, publish)(DOMAIN, document)
        with srv(net):
            assert source_of(discover(DOMAIN, net.reach)) is Source.SRV


@pytest.mark.parametrize("publish", ["provider", "database"])
def test_an_inner_address_that_may_be_dialled_is_as_good_as_any(net, publish):
    getattr(net, publish)(DOMAIN, config(DOMAIN, net.address, net.address))
    with srv(net):
        assert hosts(discover(DOMAIN, net.reach)) == (net.address, net.address)


def test_a_side_whose_only_server_may_not_be_dialled_is_left_to_others_also_where_it_wants_oauth(net):
    document = config(DOMAIN, "10.0.0.5", "ispdb-smtp.test").replace(b"password-cleartext", b"OAuth2", 2)
    net.database(DOMAIN, document)
    with srv(net):
        findings = discover(DOMAIN, net.reach)
    assert hosts(findings) == ("srv-imap.test", "ispdb-smtp.test")
    assert put_together(ADDRESS, findings.offers).oauth_only == NONE


def test_the_settings_of_a_hoster_are_filled_in_with_the_own_domain(net):
    net.mx(DOMAIN, "10 mx.hoster.test", "20 other.test")
    document = config("hoster.test", "imap.%EMAILDOMAIN%", "smtp.hoster.test")
    net.database("hoster.test", document)
    findings = discover(DOMAIN, net.reach)
    assert hosts(findings) == (f"imap.{DOMAIN}", "smtp.hoster.test")
    assert asked_about(findings) == [DOMAIN, "hoster.test"]


def test_behind_the_exchanger_of_a_provider_without_servers_there_are_none(net):
    net.mx(DOMAIN, "10 mail.protonmail.ch")
    with usual_names(net):
        found = put_together(ADDRESS, discover(DOMAIN, net.reach).offers)
    assert found.suggestion.servers == {}
    assert found.provider.name == "Proton Mail"


def test_a_usual_name_at_which_a_server_answers_is_a_guess_that_answers(net):
    with net.mail_server(993, "mail.infirma.test") as imap, net.mail_server(587, "smtp.infirma.test") as smtp:
        findings = discover(DOMAIN, net.reach)
    assert source_of(findings) is Source.ANSWERED
    assert hosts(findings) == ("mail.infirma.test", "smtp.infirma.test")
    assert asked_about(findings) == []
    assert imap.sent(b"LOGIN") == smtp.sent(b"AUTH") == smtp.sent(b"MAIL") == 0


def test_a_server_with_a_bad_certificate_is_better_than_none(net, flawed):
    with net.mail_server(993, "imap.infirma.test", certificate=flawed["expired"]):
        findings = discover(DOMAIN, net.reach)
    (offer,) = findings.offers
    assert offer.ways[Side.IMAP][0].host == "imap.infirma.test"
    assert offer.ways[Side.SMTP] == ()
    assert asked_about(findings) == [DOMAIN, DOMAIN]


def test_a_certificate_of_one_side_proves_nothing_of_the_other(net, flawed):
    with (
        net.mail_server(993, "imap.infirma.test"),
        net.mail_server(465, "smtp.infirma.test", certificate=flawed["expired"]),
    ):
        findings = discover(DOMAIN, net.reach)
    found = put_together(ADDRESS, findings.offers)
    assert [found.suggestion.servers[side].source for side in Side] == [Source.ANSWERED, Source.GUESS]
    assert asked_about(findings) == [DOMAIN]


@pytest.mark.parametrize(
    ("records", "mail"),
    [(["10 mx.hoster.test"], Mail.TAKEN), (["0 ."], Mail.REFUSED), ([], Mail.NOWHERE)],
)
def test_what_the_domain_says_about_its_mail_is_told(net, records, mail):
    net.mx(DOMAIN, *records)
    assert discover(DOMAIN, net.reach).mail is mail


def test_a_domain_that_does_not_exist_is_told(net):
    assert discover("no-such.test", net.reach) == Findings((), Mail.NO_DOMAIN)

"""The built-in providers: who is there, and who is found by what."""

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from app.autodiscovery import providers
from app.autodiscovery.offers import Way
from app.autodiscovery.suggest import Source
from app.mail.settings import ConnectionSecurity, Side

TLS, STARTTLS = ConnectionSecurity.TLS, ConnectionSecurity.STARTTLS
NAMED_IN_THE_PLAN = [
    "WP Poczta", "o2 Poczta", "Poczta Interia", "Onet Poczta", "Poczta Gazeta.pl", "home.pl", "nazwa.pl", "OVHcloud",
    "AZ.pl", "LH.pl", "Zenbox", "cyber_Folks", "dhosting", "Gmail", "Outlook.com", "Microsoft 365", "Yahoo Mail",
    "iCloud Mail", "Proton Mail", "Fastmail", "Zoho Mail", "GMX", "WEB.DE", "mail.com", "AOL Mail", "Yandex Mail",
    "Seznam Email", "T-Online", "Orange", "Free", "IONOS", "STRATO", "Gandi", "Infomaniak", "mailbox.org", "Posteo",
    "Tuta", "mailcow, Mailu, Mail-in-a-Box",
]  # fmt: skip


def offered(address):
    offer = providers.offer_of(address)
    assert offer is not None, address
    return offer


def through(exchanger, address="anna@firma.pl"):
    offer = providers.offer_of_mx(exchanger, address)
    assert offer is not None, exchanger
    return offer


@pytest.mark.parametrize("name", NAMED_IN_THE_PLAN)
def test_who_matters_is_there(name):
    assert name in [provider.name for provider in providers.built_in()]


def test_there_are_many_and_most_were_compared_with_what_is_published():
    assert len(providers.built_in()) >= 40
    assert sum(provider.checked is not None for provider in providers.built_in()) >= 50


def test_every_fixed_server_is_encrypted():
    for provider in providers.built_in():
        for servers in provider.servers.values():
            assert all(server.security is not ConnectionSecurity.NONE for server in servers), provider.name


@pytest.mark.parametrize(
    ("address", "imap", "smtp"),
    [
        (
            "anna@gmail.com",
            Way("imap.gmail.com", 993, TLS, "anna@gmail.com"),
            Way("smtp.gmail.com", 465, TLS, "anna@gmail.com"),
        ),
        ("anna@wp.pl", Way("imap.wp.pl", 993, TLS, "anna"), Way("smtp.wp.pl", 465, TLS, "anna")),
        ("anna@tlen.pl", Way("poczta.o2.pl", 993, TLS, "anna"), Way("poczta.o2.pl", 465, TLS, "anna")),
        (
            "anna@icloud.com",
            Way("imap.mail.me.com", 993, TLS, "anna"),
            Way("smtp.mail.me.com", 587, STARTTLS, "anna@icloud.com"),
        ),
    ],
)
def test_an_address_finds_its_servers_and_user_name(address, imap, smtp):
    offer = offered(address)
    assert (offer.ways[Side.IMAP][0], offer.ways[Side.SMTP][0]) == (imap, smtp)
    assert offer.source is Source.PROVIDER


def test_capitals_and_final_dots_of_the_domain_do_not_matter_and_the_user_name_stays_as_typed():
    assert offered("Anna@GMail.COM.").ways[Side.IMAP][0].username == "Anna@GMail.COM."
    assert offered("Anna@WP.PL").ways[Side.IMAP][0].username == "Anna"


def test_a_tag_is_the_callers_to_take_off():
    assert offered("anna+lista@wp.pl").ways[Side.IMAP][0].username == "anna+lista"


def test_subdomains_count_only_where_the_entry_says_so():
    assert offered("anna@firma.onmicrosoft.com").provider.name == "Microsoft 365"
    assert providers.offer_of("anna@firma.gmail.com") is None
    assert providers.offer_of("anna@xonmicrosoft.com") is None


@pytest.mark.parametrize(
    "address", ["anna@firma.pl", "anna", "", "@", "anna@", "anna@żółw.pl", "anna@[10.0.0.1]", "a@."]
)
def test_nobody_is_made_up(address):
    assert providers.offer_of(address) is None
    assert providers.offer_of_mx("", address) is None


@pytest.mark.parametrize(
    ("exchanger", "name"),
    [
        ("aspmx.l.google.com", "Gmail"),
        ("ALT4.ASPMX.L.GOOGLE.COM.", "Gmail"),
        ("firma-pl.mail.protection.outlook.com", "Microsoft 365"),
        ("firma-pl.k-v1.mx.microsoft", "Microsoft 365"),
        ("outlook-com.olc.protection.outlook.com", "Outlook.com"),
        ("mx0.mail.ovh.net", "OVHcloud"),
        ("mta5.am0.yahoodns.net", "Yahoo Mail"),
        ("mx-aol.mail.gm0.yahoodns.net", "AOL Mail"),
        ("in1-smtp.messagingengine.com", "Fastmail"),
        ("mx.zoho.eu", "Zoho Mail for organisations (EU)"),
        ("mx00.kundenserver.de", "IONOS (Deutschland)"),
        ("smtpin.rzone.de", "STRATO"),
        ("spool.mail.gandi.net", "Gandi"),
        ("mail.firma.pl", "mailcow, Mailu, Mail-in-a-Box"),
    ],
)
def test_a_hoster_is_found_behind_a_domain_of_ones_own(exchanger, name):
    assert through(exchanger).provider.name == name


@pytest.mark.parametrize(
    "exchanger",
    ["notgoogle.com", "google.com.evil.example", "mx1.firma.pl", "mail.inna.pl", "mail.firma.pl.evil.example"],
)
def test_a_name_that_only_looks_alike_is_nobodys(exchanger):
    assert providers.offer_of_mx(exchanger, "anna@firma.pl") is None


def test_a_server_of_ones_own_is_the_exchanger_itself():
    assert [way.host for way in through("Mail20.lh.pl").ways[Side.IMAP]] == ["mail20.lh.pl"]
    assert through("mail.firma.pl").ways[Side.SMTP][0] == Way("mail.firma.pl", 465, TLS, "anna@firma.pl")


def test_who_brings_a_domain_along_logs_in_with_the_whole_address():
    offer = through("mx.wp.pl")
    assert offer.ways[Side.IMAP][0].username == "anna@firma.pl"
    assert not offer.provider.local_part
    assert offered("anna@wp.pl").provider.local_part


@pytest.mark.parametrize("address", ["anna@outlook.com", "anna@hotmail.com", "anna@firma.onmicrosoft.com"])
def test_where_only_oauth_opens_it_is_said_of_both_sides(address):
    offer = offered(address)
    assert offer.oauth_only == frozenset(Side)
    assert offer.provider.oauth_only


@pytest.mark.parametrize(("address", "code"), [("anna@tuta.com", "no_imap"), ("anna@proton.me", "bridge")])
def test_where_mail_programs_are_not_let_in_that_is_what_is_known(address, code):
    offer = offered(address)
    assert not any(offer.ways.values())
    assert code in offer.provider.texts


@pytest.mark.parametrize(
    ("address", "flag"),
    [
        ("anna@gmail.com", "app_password"),
        ("anna@yahoo.com", "app_password"),
        ("anna@icloud.com", "app_password"),
        ("anna@wp.pl", "imap_switch"),
        ("anna@interia.pl", "imap_switch"),
        ("anna@gmx.de", "imap_switch"),
    ],
)
def test_what_is_to_be_done_first_is_known(address, flag):
    note = offered(address).provider
    assert getattr(note, flag)
    assert note.help_url.startswith("https://")


@pytest.mark.parametrize(
    ("host", "page"),
    [
        ("imap.gmail.com", "https://myaccount.google.com/apppasswords"),
        ("smtp.googlemail.com", "https://myaccount.google.com/apppasswords"),
        ("SMTP.Mail.Yahoo.com", "https://help.yahoo.com/kb/SLN15241.html"),
        ("smtp.mail.me.com", "https://support.apple.com/102654"),
        ("imap.firma.pl", None),
        ("gmail.com.evil.example", None),
        ("com", None),
        ("", None),
    ],
)
def test_the_help_page_follows_the_server(host, page):
    assert providers.help_page(host) == page


@examples(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_asked_for_is_answered(one, other):
    providers.offer_of(f"{one}@{other}")
    providers.offer_of_mx(one, other)
    providers.help_page(one)

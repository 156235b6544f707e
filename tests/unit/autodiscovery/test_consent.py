"""Who has to be asked before a password goes where a suggestion leads."""

import pytest

from app.autodiscovery import (
    Memory,
    Remembered,
    ServerSuggestion,
    Source,
    Suggestion,
    as_known_by_now,
    to_confirm,
    with_password,
)
from app.mail.settings import ConnectionSecurity, Side


@pytest.mark.parametrize(
    ("source", "host", "organisation"),
    [
        (Source.SRV, "imap.hoster.test", "hoster.test"),
        (Source.MX, "imap.gmail.com", "gmail.com"),
        (Source.REDIRECTED, "mail.infirma.home.pl", "mail.infirma.home.pl"),
        (Source.SRV, "192.0.2.7", "192.0.2.7"),
        (Source.GUESS, "infirma.pl", "infirma.pl"),
        (Source.SRV, "imap.infirma.pl", "infirma.pl"),
        (Source.REDIRECTED, "imap.infirma.pl", "infirma.pl"),
        (Source.MX, "mail.infirma.pl", "infirma.pl"),
        (Source.ANSWERED, "poczta.infirma.pl", None),
        # The address was changed after the guess.
        (Source.ANSWERED, "poczta.inna.pl", "inna.pl"),
        (Source.ISPDB, "imap.hoster.test", None),
        (Source.LEARNED, "imap.hoster.test", None),
        (Source.ADMIN, "imap.hoster.test", None),
        (None, "imap.hoster.test", None),
        (Source.SRV, "not a host", None),
    ],
)
def test_only_a_weak_word_is_a_question(source, host, organisation):
    asked = to_confirm("biuro@Infirma.pl", {Side.IMAP: Remembered(host, source)})
    assert asked == ({} if organisation is None else {Side.IMAP: organisation})


def test_beside_what_is_no_address_in_the_internet_a_weak_word_is_a_question_too():
    hosts = {Side.IMAP: Remembered("imap.gmail.com", Source.EARLIER), Side.SMTP: Remembered("smtp.mine.test")}
    assert to_confirm("a@localhost", hosts) == {Side.IMAP: "gmail.com"}


def test_names_below_a_shared_hoster_are_strangers_to_one_another():
    asked = to_confirm("biuro@infirma.home.pl", {Side.IMAP: Remembered("evil.home.pl", Source.SRV)})
    assert asked == {Side.IMAP: "evil.home.pl"}


@pytest.mark.parametrize("domain", ["infirma.lh.pl", "infirma.home.pl", "infirma.zenbox.pl", "infirma.cba.pl"])
@pytest.mark.parametrize("name", ["", "imap.", "poczta.dom."])
def test_whoever_was_lent_a_name_has_the_names_below_it(domain, name):
    host = f"{name}{domain}"
    assert to_confirm(f"jan@{domain}", {Side.IMAP: Remembered(host, Source.ANSWERED)}) == {}
    both = {Side.IMAP: Remembered(host, Source.SRV), Side.SMTP: Remembered(f"smtp.{domain}", Source.SRV)}
    assert to_confirm(f"jan@{domain}", both) == {Side.IMAP: domain, Side.SMTP: domain}


@pytest.mark.parametrize(
    ("domain", "host"),
    [
        # Of whoever lends the names they are not: everybody may have one.
        ("lh.pl", "imap.lh.pl"),
        ("home.pl", "infirma.home.pl"),
        ("duckdns.org", "imap.duckdns.org"),
        ("infirma.lh.pl", "lh.pl"),
        ("infirma.lh.pl", "imap.lh.pl"),
        ("infirma.lh.pl", "imap.inna.lh.pl"),
        ("infirma.lh.pl", "imapinfirma.lh.pl"),
        ("dom.infirma.lh.pl", "imap.infirma.lh.pl"),
    ],
)
def test_what_stands_beside_or_above_a_lent_name_is_a_stranger(domain, host):
    assert to_confirm(f"jan@{domain}", {Side.IMAP: Remembered(host, Source.ANSWERED)}) == {Side.IMAP: host}


SAVED = Remembered("smtp.hoster.test")
LEARNED = Remembered("smtp.hoster.test", Source.LEARNED)


def suggested(source: Source, host: str = "smtp.hoster.test", *, auth: bool = True) -> ServerSuggestion:
    return ServerSuggestion(host, 465, ConnectionSecurity.TLS, "anna", source, auth=auth)


@pytest.mark.parametrize(
    ("outgoing", "today", "source"),
    [
        (SAVED, None, Source.PASSWORDLESS),
        (SAVED, suggested(Source.ISPDB), Source.ISPDB),
        (SAVED, suggested(Source.AUTOCONFIG, auth=False), Source.AUTOCONFIG),
        (SAVED, suggested(Source.ANSWERED), Source.ANSWERED),
        (SAVED, suggested(Source.LEARNED), Source.LEARNED),
        (SAVED, suggested(Source.LEARNED, auth=False), Source.PASSWORDLESS),
        (SAVED, suggested(Source.ISPDB, "smtp.third.test"), Source.PASSWORDLESS),
        (SAVED, suggested(Source.SRV), Source.PASSWORDLESS),
        (SAVED, suggested(Source.GUESS), Source.PASSWORDLESS),
        (LEARNED, suggested(Source.LEARNED, auth=False), Source.PASSWORDLESS),
        (LEARNED, suggested(Source.LEARNED), Source.LEARNED),
        (LEARNED, suggested(Source.ISPDB, "smtp.third.test"), Source.PASSWORDLESS),
        (LEARNED, suggested(Source.ISPDB), Source.ISPDB),
        (LEARNED, None, Source.PASSWORDLESS),
        (Remembered("smtp.third.test"), None, None),
        (Remembered("smtp.hoster.test", Source.MX), None, Source.MX),
        (Remembered(""), None, None),
    ],
)
def test_what_works_without_a_password_is_vouched_for_today_or_not_at_all(outgoing, today, source):
    assert with_password(outgoing, "smtp.hoster.test", lambda: today) == Remembered(outgoing.value, source)


def test_without_a_saved_server_nothing_is_saved():
    assert with_password(Remembered(""), "", lambda: None) == Remembered("")


def test_whoever_gets_the_incoming_password_may_have_the_outgoing_one():
    outgoing = Remembered("smtp.hoster.test", Source.PASSWORDLESS)
    for imap, asked in (("imap.hoster.test", {}), ("imap.third.test", {Side.SMTP: "hoster.test"})):
        assert to_confirm("a@infirma.pl", {Side.IMAP: Remembered(imap), Side.SMTP: outgoing}) == asked


def test_no_form_remembers_what_is_found_out_anew_each_time():
    forged = Memory({"smtp-host": Remembered("x.test", Source.PASSWORDLESS)})
    assert Memory.parse(str(forged)) == Memory({})


def test_what_was_agreed_to_makes_the_round_trip():
    memory = Memory({"imap-host": Remembered("x.test", Source.MX)}, frozenset({"x.test"}), passwordless="y.test")
    assert Memory.parse(str(memory)) == memory


@pytest.mark.parametrize("text", ['{"trusted": 3}', '{"trusted": {"a": 1}}', '{"trusted": [[[]]]}', "[1]"])
def test_nonsense_in_its_place_is_forgotten(text):
    assert "x.test" not in Memory.parse(text).trusted


def known(source: Source, host: str = "infirma.test") -> Suggestion:
    server = ServerSuggestion(host, 993, ConnectionSecurity.TLS, "biuro@infirma.test", source)
    return Suggestion("biuro@infirma.test", "infirma.test", {Side.IMAP: server})


@pytest.mark.parametrize(
    ("shown", "now", "counts"),
    [
        (Source.GUESS, Source.ANSWERED, Source.ANSWERED),
        (Source.GUESS, Source.ISPDB, Source.ISPDB),
        (Source.EARLIER, Source.AUTOCONFIG, Source.AUTOCONFIG),
        (Source.ANSWERED, Source.AUTOCONFIG, Source.AUTOCONFIG),
        (Source.ANSWERED, Source.GUESS, Source.ANSWERED),
        (Source.ISPDB, Source.ANSWERED, Source.ISPDB),
        (Source.ADMIN, Source.GUESS, Source.ADMIN),
        (None, Source.ISPDB, None),
    ],
)
def test_whoever_suggests_a_server_by_now_counts_unless_that_is_worse_than_what_was_shown(shown, now, counts):
    memory = Memory({"imap-host": Remembered("infirma.test", shown), "imap-port": Remembered("143", shown)})
    known_by_now = as_known_by_now(memory, lambda: known(now))
    assert known_by_now.of("imap-host") == Remembered("infirma.test", counts)
    assert known_by_now.of("imap-port") == Remembered("143", shown)


def test_another_server_that_is_suggested_by_now_changes_nothing():
    memory = Memory({"imap-host": Remembered("infirma.test", Source.GUESS)})
    assert as_known_by_now(memory, lambda: known(Source.ISPDB, "imap.infirma.test")) == memory


def test_nobody_is_asked_about_servers_that_need_no_yes():
    memory = Memory({"imap-host": Remembered("infirma.test", Source.ISPDB), "smtp-host": Remembered("smtp.test")})
    assert as_known_by_now(memory, lambda: pytest.fail("asked")) == memory


def test_what_is_known_by_now_counts_for_this_address_only():
    guessed = Memory({"imap-host": Remembered("infirma.test", Source.GUESS)})
    kept = Memory.parse(str(as_known_by_now(guessed, lambda: known(Source.ISPDB))))
    assert kept.beside("anna@infirma.test", {}).of("imap-host").source is Source.ISPDB
    assert kept.beside("anna@other.test", {}).of("imap-host").source is Source.EARLIER

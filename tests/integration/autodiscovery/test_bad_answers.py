"""A source that answers nonsense, too much, too slowly or not at all: a lower one takes over, in time."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from app.autodiscovery import Mail, Offer, Source
from app.autodiscovery.discovering import discover
from app.autodiscovery.ranking import Slot, both_settled
from app.mail.rules import AllowRule
from app.mail.settings import Side
from tests.fakes.black_hole import black_hole
from tests.fakes.dns import SERVFAIL, SILENT
from tests.fakes.internet import config, redirect, reply, silence, status
from tests.fakes.mail_server import Handler, Peer

DOMAIN = "infirma.test"
GOOD = config(DOMAIN, "ispdb-imap.test", "ispdb-smtp.test")


def drip(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        peer.send(b" ")
        time.sleep(0.1)


def endless_headers(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\n")
    peer.flood(b"X: " + b"x" * 1000 + b"\r\n")


def endless(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<clientConfig>")
    peer.flood(b"<!-- more and more -->" * 100)


def continuing(peer: Peer) -> None:
    peer.flood(b"HTTP/1.1 100 Continue\r\n\r\n")


def raw(data: bytes) -> Handler:
    def answer(peer: Peer) -> None:
        peer.send(data)
        peer.close()

    return answer


BAD = {
    "nothing": silence,
    "hangs up": Peer.close,
    "reset": Peer.reset,
    "not found": status(404),
    "an error": status(500),
    "a page": reply(b"<!doctype html><html><body>Not found</body></html>"),
    "empty": reply(b""),
    "half a document": reply(config(DOMAIN, "a.test", "b.test")[:300]),
    "less than announced": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + GOOD),
    "ten megabytes": reply(b"<clientConfig>" + b" " * 10_000_000),
    "without an end": endless,
    "a drip": drip,
    "headers without an end": endless_headers,
    "continuing for ever": continuing,
    "no status": raw(b"hello\r\n\r\n"),
    "nonsense in chunks": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<clientConfig/>"),
    "a negative length": raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n<clientConfig/>"),
    "compressed": reply(b"\x1f\x8b\x08\x00nonsense", "Content-Encoding: gzip"),
    "itself": redirect("https://autoconfig.infirma.test/mail/config-v1.1.xml"),
    "plain http": redirect("http://autoconfig.infirma.test/mail/config-v1.1.xml"),
    "a file": redirect("file:///etc/passwd"),
    "nowhere": status(302),
    "another port": redirect("https://autoconfig.infirma.test:993/config.xml"),
    "inside": redirect("https://inside.test/config.xml"),
    "an inner address": redirect("https://169.254.169.254/config.xml"),
    "two lines": redirect("https://autoconfig.infirma.test/a\x0bb"),
    "a password": redirect("https://user:password@autoconfig.infirma.test/config.xml"),
    "no host": redirect("https:///config.xml"),
    "not an address": redirect("https://[::1/config.xml"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_answer_leaves_it_to_the_next_source(net, kind):
    net.names["inside.test", "A"] = ["10.0.0.1"]
    net.provider(DOMAIN, BAD[kind])
    net.database(DOMAIN, GOOD)
    started = time.monotonic()
    findings = discover(DOMAIN, net.reach)
    assert time.monotonic() - started < 8
    assert [offer.source for offer in findings.offers] == [Source.ISPDB]
    assert findings.offers[0].ways[Side.IMAP][0].host == "ispdb-imap.test"


@pytest.mark.parametrize(("ports", "found"), [({993}, []), ({443, 993}, [Source.AUTOCONFIG])])
def test_a_network_that_is_open_for_mail_is_closed_for_documents(net, ports, found):
    net.provider(DOMAIN, GOOD)
    rules = replace(net.reach.rules, allow=(AllowRule.parse(f"{net.address}:*"),), ports=frozenset(ports))
    assert [offer.source for offer in discover(DOMAIN, replace(net.reach, rules=rules)).offers] == found
    assert bool(net.asked) is bool(found)


@pytest.mark.parametrize("flaw", ["expired", "self_signed", "wrong_host"])
def test_a_certificate_that_is_no_good_is_not_believed(net, flawed, flaw):
    net.certificate = flawed[flaw]
    net.provider(DOMAIN, config(DOMAIN, "a.test", "b.test"))
    assert discover(DOMAIN, net.reach).offers == ()


@pytest.mark.parametrize("answer", [SERVFAIL, ["CNAME a.test.", "CNAME infirma.test."]])
def test_a_name_server_in_trouble_is_nobodys_answer(net, answer):
    for kind in ("MX", "A", "AAAA"):
        net.names[DOMAIN, kind] = answer
    for service in ("_imaps", "_imap", "_submissions", "_submission"):
        net.names[f"{service}._tcp.{DOMAIN}", "SRV"] = answer
    started = time.monotonic()
    findings = discover(DOMAIN, net.reach)
    assert findings.offers == ()
    assert findings.mail in (Mail.UNKNOWN, Mail.NOWHERE)
    assert time.monotonic() - started < 8


def test_when_everybody_is_silent_it_takes_eight_seconds_at_most(net):
    net.provider(DOMAIN, silence)
    net.well_known(DOMAIN, silence)
    net.database(DOMAIN, silence)
    for service in ("_imaps", "_imap", "_submissions", "_submission"):
        net.names[f"{service}._tcp.{DOMAIN}", "SRV"] = SILENT
    net.names[DOMAIN, "MX"] = SILENT
    started = time.monotonic()
    findings = discover(DOMAIN, net.reach)
    assert time.monotonic() - started < 8.3
    assert (findings.offers, findings.complete) == ((), False)


@pytest.fixture
def late(monkeypatch) -> Callable[[bytes], Handler]:
    """What makes handlers that answer as soon as they are late: when nobody waits any more who knows something else."""
    is_late = threading.Event()

    def settled(answers: Sequence[Offer | Slot | None]) -> bool:
        if Slot.LATE in answers:
            is_late.set()
        return both_settled(answers)

    monkeypatch.setattr("app.autodiscovery.discovering.both_settled", settled)

    def answering(document: bytes) -> Handler:
        def answer(peer: Peer) -> None:
            assert is_late.wait(timeout=20)
            reply(document)(peer)

        return answer

    return answering


@pytest.mark.parametrize("other_side", [Side.IMAP, None])
def test_a_late_answer_is_waited_for_where_nobody_else_knows_a_side(net, late, other_side):
    net.provider(DOMAIN, late(GOOD))
    if other_side:
        net.srv(DOMAIN, imaps="0 1 993 srv.test")
    findings = discover(DOMAIN, net.reach)
    assert findings.offers[0].source is Source.AUTOCONFIG
    assert findings.complete


def test_a_late_answer_holds_nobody_back_who_knows_both_sides(net, late):
    net.provider(DOMAIN, late(config(DOMAIN, "late.test", "late.test")))
    net.database(DOMAIN, GOOD)
    findings = discover(DOMAIN, net.reach)
    assert [offer.source for offer in findings.offers] == [Source.ISPDB]
    assert not findings.complete


def test_a_silent_web_server_of_a_hoster_does_not_cost_the_hoster_its_rank(net):
    net.mx(DOMAIN, "10 mx.hoster.test")
    net.provider("hoster.test", silence)
    net.database("hoster.test", config("hoster.test", "a.test", "b.test"))
    with net.mail_server(993, f"imap.{DOMAIN}"), net.mail_server(465, f"smtp.{DOMAIN}"):
        findings = discover(DOMAIN, net.reach)
    assert findings.offers[0].source is Source.MX


@pytest.mark.parametrize("kind", ["hangs up", "reset", "an error", "less than announced"])
@pytest.mark.parametrize("place", ["provider", "well_known", "database"])
def test_whoever_has_no_answer_may_have_won(net, kind, place):
    getattr(net, place)(DOMAIN, BAD[kind])
    assert not discover(DOMAIN, net.reach).complete
    net.database(DOMAIN, GOOD)
    assert discover(DOMAIN, net.reach).complete is (place == "database")


@pytest.mark.parametrize(("place", "kind"), [("provider", "nothing"), ("database", "a drip")])
def test_whoever_was_cut_off_may_have_won(net, place, kind):
    getattr(net, place)(DOMAIN, BAD[kind])
    assert not discover(DOMAIN, net.reach).complete


@pytest.mark.parametrize("kind", ["not found", "a page", "plain http", "ten megabytes"])
def test_an_answer_that_is_of_no_use_is_an_answer(net, kind):
    net.provider(DOMAIN, BAD[kind])
    net.database(DOMAIN, status(404))
    assert discover(DOMAIN, net.reach).complete


@pytest.mark.parametrize("answer", [SERVFAIL, SILENT])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (DOMAIN, "MX"),
        (f"_imap._tcp.{DOMAIN}", "SRV"),
        (f"_submissions._tcp.{DOMAIN}", "SRV"),
        (f"poczta.{DOMAIN}", "A"),
        ("database.test", "A"),
        ("srv.test", "A"),
        ("hoster.test", "A"),
    ],
)
def test_a_name_server_that_is_silent_may_have_known_it(net, name, kind, answer):
    net.names[f"_imaps._tcp.{DOMAIN}", "SRV"] = ["0 1 993 srv.test"]
    net.mx(DOMAIN, "10 mx.hoster.test")
    assert discover(DOMAIN, net.reach).complete
    net.names[name, kind] = answer
    if kind == "A":
        net.names[name, "AAAA"] = answer
    assert not discover(DOMAIN, net.reach).complete


def test_of_a_side_that_the_name_server_does_not_speak_of_nothing_is_known(net):
    net.srv(DOMAIN, imaps="0 1 993 srv.test")
    assert discover(DOMAIN, net.reach).complete
    net.names[f"_submission._tcp.{DOMAIN}", "SRV"] = SERVFAIL
    findings = discover(DOMAIN, net.reach)
    assert [offer.source for offer in findings.offers] == [Source.SRV]
    assert not findings.complete


def test_a_door_at_which_nobody_answers_may_be_the_right_one(net):
    with black_hole(993, "127.0.0.3") as address:
        rules = replace(net.reach.rules, allow=(*net.reach.rules.allow, AllowRule.parse(f"{address}:*")))
        net.names[f"imap.{DOMAIN}", "A"] = [address]
        with net.mail_server(465, f"smtp.{DOMAIN}"):
            findings = discover(DOMAIN, replace(net.reach, rules=rules))
            assert [offer.source for offer in findings.offers] == [Source.ANSWERED]
            assert not findings.complete
            net.names[f"imap.{DOMAIN}", "A"] = [net.address]
            assert discover(DOMAIN, net.reach).complete


def test_nobody_waits_for_whoever_ranks_below_the_winner(net):
    net.provider(DOMAIN, config(DOMAIN, "a.test", "b.test"))
    net.database(DOMAIN, silence)
    net.names[DOMAIN, "MX"] = SILENT
    started = time.monotonic()
    assert discover(DOMAIN, net.reach).offers[0].source is Source.AUTOCONFIG
    assert time.monotonic() - started < 2.5

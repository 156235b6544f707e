"""What is dialled, and what never is: the canary listens where nobody may connect."""

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.mail.dial import AllowRule, NetworkRules
from app.mail.probe import SideFinished, StepFinished, probe
from app.mail.settings import ConnectionSecurity, ProbeRequest, Side
from app.mail.standard_ports import Place
from tests.fakes.black_hole import black_hole
from tests.fakes.dns import SERVFAIL, Table, name_server, watched_name_server
from tests.fakes.mail_server import Peer, ScriptedServer, imap, serving
from tests.servers.ca import Issued
from tests.servers.checking import check, settings, steps
from tests.servers.ports import free_ports
from tests.servers.waiting import wait_until

CLOSED = NetworkRules(ports=frozenset(range(1024, 65536)))
OPEN = replace(CLOSED, allow=(AllowRule.parse("127.0.0.0/8:*"),))


@pytest.fixture
def canary() -> Iterator[ScriptedServer]:
    with serving(imap()) as server:
        yield server


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
        "127.0.0.1\0.wp.pl",
        "::1",
        "[::1]",
        "::ffff:127.0.0.1",
        "[::ffff:7f00:1]",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fe80::1%lo",
        "0.0.0.0",
        "sub.localhost",
        "0",
        "[::]",
        "::",
        "localhost.",
        "localhost..",
        "127.0.0.1.",
        "[::ffff:127.0.0.1]",
        "::127.0.0.1",
        "64:ff9b:1::7f00:1",
        "2001:0:7f00:1::80ff:fffe",
        "fe80::1",
        "169.254.169.254",
        "0177.0.0.1",
        "\uff10\uff58\uff17\uff46.1",
        "\u2460\u2461\u2466.0.0.1",
        "127.0.0.1\t",
        "127.0.0.1 evil.pl",
        "evil.pl@127.0.0.1",
        "127.0.0.1:993",
        "127.0.0.1/8",
        "127.0.0.1#.wp.pl",
    ],
)
def test_no_spelling_of_loopback_is_dialled(host: str, canary: ScriptedServer) -> None:
    result = check(Side.IMAP, settings(canary.port, "none", host), CLOSED)
    assert result.outcome in {"host_not_allowed", "host_invalid"}
    assert [(step.step, step.ok, step.detail) for step in result.steps] == [("resolve", False, None)]
    assert canary.connections == 0


@pytest.mark.parametrize(
    "host", ["", "a b", "-a.pl", "a..pl", "a_b.pl", "x" * 64 + ".pl", "żółw\u200d.pl\n", "a/b", "[wp.pl]"]
)
def test_what_is_no_host_is_host_invalid(host: str) -> None:
    assert check(Side.IMAP, settings(1993, "none", host), CLOSED).outcome == "host_invalid"


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "100.64.0.1", "169.254.169.254", "192.168.1.1", "224.0.0.1", "fd00::1", "2001:db8::1"]
)
def test_addresses_that_are_not_public_are_host_not_allowed(address: str) -> None:
    assert check(Side.IMAP, settings(1993, "none", address), CLOSED).outcome == "host_not_allowed"


def test_a_port_outside_the_rules_is_host_not_allowed(canary: ScriptedServer) -> None:
    rules = replace(OPEN, ports=frozenset({993}))
    result = check(Side.IMAP, settings(canary.port, "none"), rules)
    assert result.outcome == "host_not_allowed"
    assert canary.connections == 0


def test_a_rule_that_names_a_port_opens_it_for_its_hosts(canary: ScriptedServer) -> None:
    rules = NetworkRules(allow=(AllowRule.parse(f"127.0.0.1:{canary.port}"),))
    assert check(Side.IMAP, settings(canary.port, "none", "127.0.0.1"), rules).outcome == "ok"


def test_a_rule_that_names_a_host_opens_its_addresses(canary: ScriptedServer) -> None:
    with name_server({("mail.lan", "A"): ["127.0.0.1"], ("other.lan", "A"): ["127.0.0.1"]}) as resolver:
        rules = NetworkRules(allow=(AllowRule.parse(f"mail.lan:{canary.port}"),), resolver=resolver)
        assert check(Side.IMAP, settings(canary.port, "none", "Mail.LAN."), rules).outcome == "ok"
        assert check(Side.IMAP, settings(canary.port, "none", "other.lan"), rules).outcome == "host_not_allowed"


def test_a_mapped_address_is_what_it_maps_to(canary: ScriptedServer) -> None:
    result = check(Side.IMAP, settings(canary.port, "none", "::ffff:127.0.0.1"), OPEN)
    assert result.outcome == "ok"
    assert result.steps[0].detail == "127.0.0.1"


@pytest.mark.parametrize(
    ("table", "outcome"),
    [
        ({("x.test", "A"): ["127.0.0.1"], ("x.test", "AAAA"): ["2a00:1450::1"]}, "host_not_allowed"),
        ({("x.test", "A"): ["93.184.216.34", "127.0.0.1"]}, "host_not_allowed"),
        ({}, "dns_not_found"),
        ({("x.test", "TXT"): []}, "dns_not_found"),
        ({("x.test", "A"): SERVFAIL, ("x.test", "AAAA"): SERVFAIL}, "dns_failure"),
        ({("x.test", "A"): [], ("x.test", "AAAA"): SERVFAIL}, "dns_failure"),
    ],
    ids=["mixed families", "mixed addresses", "no name", "no address", "failure", "half a failure"],
)
def test_an_answer_of_the_name_server_is_judged_as_a_whole(table: Table, outcome: str, canary: ScriptedServer) -> None:
    with name_server(table) as resolver:
        result = check(Side.IMAP, settings(canary.port, "none", "x.test"), replace(CLOSED, resolver=resolver))
    assert result.outcome == outcome
    assert result.steps[0].detail is None
    assert canary.connections == 0


def test_the_other_family_is_tried_where_one_is_dead(canary: ScriptedServer) -> None:
    table = {("x.test", "A"): ["127.0.0.1"], ("x.test", "AAAA"): ["::1"]}
    with name_server(table) as resolver:
        rules = replace(OPEN, allow=(*OPEN.allow, AllowRule.parse("[::1]:*")), resolver=resolver)
        result = check(Side.IMAP, settings(canary.port, "none", "x.test"), rules)
    assert result.outcome == "ok"
    assert result.steps[1].detail == "127.0.0.1"


def test_one_failing_family_does_not_hide_the_other(canary: ScriptedServer) -> None:
    with name_server({("x.test", "A"): ["127.0.0.1"], ("x.test", "AAAA"): SERVFAIL}) as resolver:
        result = check(Side.IMAP, settings(canary.port, "none", "x.test"), replace(OPEN, resolver=resolver))
    assert result.outcome == "ok"


def test_an_address_that_never_answers_is_raced_by_the_next_one(canary: ScriptedServer) -> None:
    table = {("x.test", "A"): ["127.0.0.2", "127.0.0.1"]}
    with black_hole(canary.port) as _, name_server(table) as resolver:
        result = check(Side.IMAP, settings(canary.port, "none", "x.test"), replace(OPEN, resolver=resolver))
    assert result.outcome == "ok"
    assert result.steps[1].detail == "127.0.0.1"
    assert result.steps[1].ms < 2000


def test_at_most_six_addresses_are_dialled(canary: ScriptedServer) -> None:
    # Six that refuse, and only then the one that would answer.
    addresses = [f"127.0.0.{number}" for number in range(2, 8)] + ["127.0.0.1"]
    with name_server({("x.test", "A"): addresses}) as resolver:
        result = check(Side.IMAP, settings(canary.port, "none", "x.test"), replace(OPEN, resolver=resolver))
    assert result.outcome == "connect_refused"
    assert steps(result) == ["resolve", "connect!"]


def test_no_route_is_unreachable() -> None:
    rules = replace(OPEN, allow=(AllowRule.parse("255.255.255.255/32:*"),))
    assert check(Side.IMAP, settings(1993, "none", "255.255.255.255"), rules).outcome == "unreachable"


def test_a_dead_side_ends_in_time_and_does_not_delay_the_healthy_one(canary: ScriptedServer) -> None:
    healthy = settings(canary.port, "none", "127.0.0.1")
    started = time.monotonic()
    finished: dict[Side, tuple[str, float]] = {}
    with black_hole(canary.port) as dead:
        request = ProbeRequest(imap=healthy, smtp=settings(canary.port, "none", dead))
        for event in probe(request, OPEN):
            if isinstance(event, SideFinished):
                finished[event.side] = (event.result.outcome, time.monotonic() - started)
    assert finished[Side.IMAP][0] == "ok"
    assert finished[Side.IMAP][1] < 1
    assert finished[Side.SMTP][0] == "connect_timeout"
    assert finished[Side.SMTP][1] < 11


def test_closing_the_events_early_ends_the_connections(canary: ScriptedServer) -> None:
    left = threading.Event()

    def silent(peer: Peer) -> None:
        peer.wait_for_end()
        left.set()

    with serving(imap(silent)) as server:
        events = probe(ProbeRequest(imap=settings(server.port, "none", "127.0.0.1")), OPEN)
        first = [next(events), next(events)]
        events.close()
        assert [event.step.step for event in first if isinstance(event, StepFinished)] == ["resolve", "connect"]
        assert left.wait(2)


@pytest.mark.parametrize(
    ("table", "outcome"),
    [
        ({("x.test", "A"): ["CNAME y.test.", "CNAME x.test.", "CNAME y.test."]}, "dns_failure"),
        ({("x.test", "A"): [f"CNAME a{number}.test." for number in range(40)] + ["93.184.216.34"]}, "dns_failure"),
        ({("x.test", "A"): ["CNAME inner.test.", "127.0.0.1"]}, "host_not_allowed"),
        (
            {("x.test", "A"): [f"93.184.{number // 250}.{number % 250 + 1}" for number in range(600)] + ["10.0.0.1"]},
            "host_not_allowed",
        ),
        ({("x.test", "AAAA"): ["::ffff:7f00:1"]}, "host_not_allowed"),
        ({("x.test", "AAAA"): ["64:ff9b::7f00:1"]}, "host_not_allowed"),
        ({("x.test", "AAAA"): ["2002:7f00:1::"]}, "host_not_allowed"),
        ({("x.test", "AAAA"): ["2001:0:7f00:1::"]}, "host_not_allowed"),
        ({("x.test", "AAAA"): ["fe80::1", "2a00:1450::1"]}, "host_not_allowed"),
        ({("x.test", "A"): ["0.0.0.0"]}, "host_not_allowed"),
    ],
    ids=[
        "alias loop",
        "alias chain",
        "alias inside",
        "huge",
        "mapped",
        "NAT64",
        "6to4",
        "Teredo",
        "link-local",
        "zero",
    ],
)
def test_a_crafted_answer_leads_nowhere(table: Table, outcome: str, canary: ScriptedServer) -> None:
    with name_server(table) as resolver:
        result = check(Side.IMAP, settings(canary.port, "none", "x.test"), replace(CLOSED, resolver=resolver))
    assert result.outcome == outcome
    assert canary.connections == 0


def test_a_name_is_asked_for_once_and_what_it_says_later_does_not_count(canary: ScriptedServer) -> None:
    # The first answer may be dialled; whoever asked again would be sent to the canary.
    rules = replace(CLOSED, allow=(AllowRule.parse("127.0.0.3/32:*"),))
    with watched_name_server({("x.test", "A"): [["127.0.0.3"], ["127.0.0.1"]]}) as names:
        result = check(
            Side.IMAP,
            settings(canary.port, "starttls", "x.test"),
            replace(rules, resolver=names.address),
            siblings={Side.IMAP: {canary.port: Place(canary.port, ConnectionSecurity.TLS)}},
        )
    assert result.outcome == "connect_refused"
    assert sorted(names.questions) == [("x.test", "A"), ("x.test", "AAAA")]
    assert canary.connections == 0


def test_a_scout_does_not_ask_again(flawed: dict[str, Issued]) -> None:
    script = imap(certificate=flawed["self_signed"], implicit=True)
    with serving(script) as server, watched_name_server({("x.test", "A"): [["127.0.0.1"], ["10.0.0.1"]]}) as names:
        result = check(Side.IMAP, settings(server.port, "tls", "x.test"), replace(OPEN, resolver=names.address))
        assert result.outcome == "cert_self_signed"
        assert result.certificate is not None
        assert server.connections == 2
    assert sorted(names.questions) == [("x.test", "A"), ("x.test", "AAAA")]


def test_a_huge_answer_is_judged_whole_and_shown_short(canary: ScriptedServer) -> None:
    addresses = [f"127.0.{number // 250}.{number % 250 + 1}" for number in range(600)]
    with name_server({("x.test", "A"): addresses}) as resolver:
        result = check(Side.IMAP, settings(canary.port, "none", "x.test"), replace(OPEN, resolver=resolver))
    assert result.outcome == "ok"
    assert result.steps[0].detail is not None
    assert len(result.steps[0].detail.split(", ")) == 6


def test_every_refusal_looks_and_lasts_the_same(canary: ScriptedServer) -> None:
    table = {("inner.test", "A"): ["10.0.0.1"], ("open.test", "A"): ["93.184.216.34"]}
    with watched_name_server(table) as names:
        rules = replace(CLOSED, resolver=names.address, ports=frozenset({canary.port}))
        places = [
            ("inner.test", canary.port),
            ("open.test", 1),
            ("nowhere.test", 1),
            ("10.0.0.1", canary.port),
            ("localhost", 1),
        ]
        answers, seconds = [], []
        for host, port in places:
            started = time.monotonic()
            result = check(Side.IMAP, settings(port, "tls", host), rules)
            seconds.append(time.monotonic() - started)
            answers.append(
                [(step.step, step.ok, step.detail) for step in result.steps] + [result.outcome, result.fixes]
            )
    assert all(answer == answers[0] for answer in answers)
    assert answers[0] == [("resolve", False, None), "host_not_allowed", ()]
    assert min(seconds) >= 0.1
    assert max(seconds) - min(seconds) < 0.2
    # A forbidden port is no reason to ask anybody.
    assert {name for name, _ in names.questions} == {"inner.test"}


def test_nothing_is_left_behind(canary: ScriptedServer) -> None:
    def run() -> None:
        check(Side.IMAP, settings(canary.port, "none", "127.0.0.1"), OPEN)
        check(Side.IMAP, settings(canary.port, "tls", "127.0.0.1"), OPEN)
        check(Side.SMTP, settings(free_ports(1)[0], "tls", "127.0.0.1"), OPEN)

    def ours() -> int:
        return sum(thread.name.startswith(("probe", "lookout")) for thread in threading.enumerate())

    run()
    wait_until(lambda: ours() == 0 and canary.idle, "the end of the first checks")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 -- counted, not walked
    for _ in range(15):
        run()
    wait_until(lambda: ours() == 0 and canary.idle, "the end of all checks")
    # The canary's threads close their ends a moment later than they say so.
    wait_until(lambda: len(os.listdir("/proc/self/fd")) <= before + 2, "the end of all sockets")  # noqa: PTH208 -- the same

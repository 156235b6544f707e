"""Which addresses are public."""

import ipaddress

import pytest

from app.mail.guard import is_public
from app.mail.rules import AllowRule, NetworkRules


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.216.34", "100.128.0.1", "2a00:1450::1", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:808:808::1",
        "3fff::1",
        "fc00::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_special_addresses_are_not(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("rule", "host", "address", "port", "permitted"),
    [
        ("127.0.0.0/8:*", "x", "127.0.0.1", 993, True),
        ("127.0.0.0/8:*", "x", "127.0.0.1", 9993, False),
        ("127.0.0.0/8:9993", "x", "127.0.0.1", 9993, True),
        ("127.0.0.0/8:9993", "x", "127.0.0.1", 993, False),
        ("127.0.0.0/8:9993", "x", "8.8.8.8", 9993, False),
        ("127.0.0.0/8:*", "x", "::ffff:127.0.0.1", 993, True),
        ("[fd00::/8]:*", "x", "fd00::1", 993, True),
        ("[fd00::/8]:*", "x", "10.0.0.1", 993, False),
        ("mail.lan:993", "mail.lan", "10.0.0.1", 993, True),
        ("mail.lan:993", "evil.mail.lan", "10.0.0.1", 993, False),
    ],
)
def test_a_rule_opens_what_it_names_and_nothing_else(
    *, rule: str, host: str, address: str, port: int, permitted: bool
) -> None:
    rules = NetworkRules(allow=(AllowRule.parse(rule),))
    assert rules.permit(host, ipaddress.ip_address(address), port) is permitted

"""One spelling for each host."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mail.address import HostInvalid, address_key, canonical_host, host_or_none


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("imap.wp.pl", "imap.wp.pl"),
        ("  IMAP.Wp.PL. ", "imap.wp.pl"),
        ("żółw.pl", "xn--w-uga1v8h.pl"),
        ("ŻÓŁW.PL", "xn--w-uga1v8h.pl"),
        ("localhost", "localhost"),
        ("3com.pl", "3com.pl"),
        ("10.0.0.1", "10.0.0.1"),
        ("\uff11\uff10.0.0.\uff11", "10.0.0.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
    ],
)
def test_a_host_has_one_spelling(typed: str, canonical: str) -> None:
    assert canonical_host(typed) == host_or_none(typed) == canonical


@pytest.mark.parametrize(
    "typed",
    [
        "",
        ".",
        "a..b",
        "-a.pl",
        "a-.pl",
        "a_b.pl",
        "a b.pl",
        "127.1",
        "0x7f.1",
        "2130706433",
        "1.2.3.4.5",
        "1.2.3.04",
        "127.0.0.1\x00.wp.pl",
        "a\n.pl",
        "fe80::1%eth0",
        "[10.0.0.1]",
        "[::1",
        "x" * 64 + ".pl",
        ".".join(["abc"] * 64),
    ],
)
def test_what_is_no_host_is_refused(typed: str) -> None:
    with pytest.raises(HostInvalid):
        canonical_host(typed)
    assert host_or_none(typed) is None


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_host_in_one_spelling_or_refused(typed: str) -> None:
    try:
        canonical = canonical_host(typed)
    except HostInvalid:
        return
    assert canonical_host(canonical) == canonical
    assert canonical.isascii()
    assert not set(canonical) & set(" \t\r\n\0")


@pytest.mark.parametrize("spelling", ["biuro@infirma.pl", "Biuro@INFIRMA.pl", " BIURO@infirma.PL\n"])
def test_the_case_of_an_address_does_not_matter(spelling):
    assert address_key(spelling) == "biuro@infirma.pl"


def test_a_domain_is_the_same_in_either_script():
    assert address_key("a@żółw.pl") == address_key("a@xn--w-uga1v8h.pl")
    assert address_key("a@faß.de") == "a@xn--fa-hia.de", "and fass.de is another one"


def test_a_domain_that_dns_cannot_know_is_compared_as_typed():
    assert address_key("a@-B-.pl") == "a@-b-.pl"


@pytest.mark.parametrize("text", ["", "Ola", "@"])
def test_what_is_no_address_has_a_key_as_well(text):
    assert address_key(text) == text.lower()

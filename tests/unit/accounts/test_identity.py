"""When two addresses are the same, and which colour comes next."""

import pytest

from app.accounts import PALETTE, address_key, unused


@pytest.mark.parametrize("spelling", ["biuro@infirma.pl", "Biuro@INFIRMA.pl", "BIURO@infirma.PL"])
def test_the_case_of_an_address_does_not_matter(spelling):
    assert address_key(spelling) == "biuro@infirma.pl"


def test_a_domain_is_the_same_in_either_script():
    assert address_key("a@żółw.pl") == address_key("a@xn--w-uga1v8h.pl")


def test_a_domain_that_dns_cannot_know_is_compared_as_typed():
    assert address_key("a@-B-.pl") == "a@-b-.pl"


def test_colours_are_given_in_turn_and_then_the_rarest():
    assert unused([]) == PALETTE[0]
    assert unused([PALETTE[0], "#123456"]) == PALETTE[1]
    assert unused([*PALETTE, *PALETTE[:-1]]) == PALETTE[-1]

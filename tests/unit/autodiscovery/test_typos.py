"""Which domain was meant, and when nobody can know."""

import string

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from app.autodiscovery.providers import known_domains
from app.autodiscovery.typos import WELL_KNOWN, distance, meant


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("gmial.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmail.cm", "gmail.com"),
        ("gmail.comm", "gmail.com"),
        ("gmial.con", "gmail.com"),
        ("GMIAL.COM", "gmail.com"),
        ("gmial.com.", "gmail.com"),
        ("wp.l", "wp.pl"),
        ("wp.ppl", "wp.pl"),
        ("o2.p", "o2.pl"),
        ("interia.plo", "interia.pl"),
        ("intera.pl", "interia.pl"),
        ("onett.pl", "onet.pl"),
        ("oent.pl", "onet.pl"),
        ("gazeta.lp", "gazeta.pl"),
        ("hotmial.com", "hotmail.com"),
        ("outlok.com", "outlook.com"),
        ("yaho.com", "yahoo.com"),
        ("icoud.com", "icloud.com"),
        ("protnmial.com", "protonmail.com"),
        ("poczta.onet.p", "poczta.onet.pl"),
        ("t-onlin.de", "t-online.de"),
    ],
)
def test_a_slip_is_seen(typed, domain):
    assert meant(typed) == domain


@pytest.mark.parametrize(
    "typed",
    [
        "mail.com", "email.com", "ymail.com", "gmx.de", "gmx.net", "gmx.at", "onet.eu", "interia.eu", "me.com",
        "mac.com", "mp.pl", "ap.pl", "wp.eu", "wp.com", "o2.de", "inet.pl", "omet.pl", "orange.pl", "free.de",
        "live.pl", "web.com", "yahoo.pl", "firma.pl", "zolwie.com.pl", "gmail.firma.pl", "com", "pl", "", "a@b",
        "10.0.0.1", "żółw.pl", "gmail",
    ],
)  # fmt: skip
def test_what_may_well_be_real_is_left_alone(typed):
    assert meant(typed) is None


@pytest.mark.parametrize("domain", sorted(known_domains() | set(WELL_KNOWN)))
def test_what_is_known_is_never_a_slip(domain):
    assert meant(domain) is None
    assert meant(domain.upper()) is None


LETTERS = st.sampled_from(string.ascii_lowercase + string.digits + "-.")


@examples(deadline=None)
@given(st.sampled_from(WELL_KNOWN), st.integers(0, 20), LETTERS, st.sampled_from(["out", "in", "other", "swap"]))
def test_one_slip_leads_back_or_nowhere_or_to_somebody_as_near(domain, place, letter, slip):
    place %= len(domain)
    typed = {
        "out": domain[:place] + domain[place + 1 :],
        "in": domain[:place] + letter + domain[place:],
        "other": domain[:place] + letter + domain[place + 1 :],
        "swap": domain[:place] + domain[place : place + 2][::-1] + domain[place + 2 :],
    }[slip]
    found = meant(typed)
    assert found is None or found == domain or (found in WELL_KNOWN and distance(typed, found) <= 1)


@examples(deadline=None)
@given(st.sampled_from(WELL_KNOWN), st.integers(0, 20), st.sampled_from("qxzjk"))
def test_an_ending_that_nobody_has_is_always_seen(domain, place, letter):
    own, _, ending = domain.rpartition(".")
    place %= len(ending) + 1
    assert meant(f"{own}.{ending[:place]}{letter}0{ending[place:]}") is None
    assert meant(f"{own}.{ending}0") == domain


@examples(deadline=None)
@given(st.text(max_size=60))
def test_anything_may_be_asked_and_only_the_well_known_are_answered(text):
    assert meant(text) in {None, *WELL_KNOWN}


WORDS = st.text(alphabet="abc", max_size=6)


@examples(deadline=None)
@given(WORDS, WORDS)
def test_the_distance_is_a_distance(one, other):
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= distance(one, other) <= max(len(one), len(other))


@pytest.mark.parametrize(
    ("one", "other", "far"), [("ab", "ba", 1), ("abc", "", 3), ("gmial", "gmail", 1), ("ca", "abc", 3)]
)
def test_the_distance_counts_neighbours_that_changed_places_once(one, other, far):
    assert distance(one, other) == far

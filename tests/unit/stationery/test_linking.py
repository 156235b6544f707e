"""Addresses in plain text: those that people mean, no others, and in time."""

from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.mailbox.reading import LONGEST_TEXT
from app.stationery import linked
from app.stationery.linking import MOST_LINKS


def addresses(text: str) -> list[str]:
    return [piece.address for piece in linked(text) if piece.address is not None]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Zobacz https://firma.pl/oferta?a=1&b=2.", "https://firma.pl/oferta?a=1&b=2"),
        ("strona:http://firma.pl", "http://firma.pl"),
        ("<https://firma.pl/>", "https://firma.pl/"),
        ('"https://firma.pl"', "https://firma.pl"),
        ("„https://firma.pl”", "https://firma.pl"),
        ("[https://firma.pl]", "https://firma.pl"),
        ("(https://pl.wikipedia.org/wiki/Skrzynka_(poczta)).", "https://pl.wikipedia.org/wiki/Skrzynka_(poczta)"),
        ("https://żółw.pl/ćma!", "https://żółw.pl/ćma"),
        ("HTTP://FIRMA.PL,", "HTTP://FIRMA.PL"),
        ("http://192.0.2.1:8080/", "http://192.0.2.1:8080/"),
        ("http://[2001:db8::1]/", "http://[2001:db8::1]/"),
        ("https://firma.pl/?do=ola@firma.pl", "https://firma.pl/?do=ola@firma.pl"),
        ("https://firma.pl/a\u202elp.live", "https://firma.pl/a"),
        ("https://firma.pl/a\u061cb", "https://firma.pl/a"),
        ("https://firma.pl\xad.test", "https://firma.pl"),
        ("`https://firma.pl`", "https://firma.pl"),
        ("\u201ahttps://firma.pl\u2019", "https://firma.pl"),
        ("Pisz: biuro@infirma.pl.", "mailto:biuro@infirma.pl"),
        ("Ola <ola.nowak+x@poczta.infirma.pl>;", "mailto:ola.nowak+x@poczta.infirma.pl"),
        ("mailto:ola@infirma.pl", "mailto:ola@infirma.pl"),
        ("a%b=c@infirma.pl", "mailto:a%25b%3Dc@infirma.pl"),
    ],
)
def test_an_address_ends_where_people_end_it(text, found):
    assert addresses(text) == [found]


@pytest.mark.parametrize(
    "text",
    [
        *("javascript:alert(1)", "data:text/html,x", "JAVASCRIPT://firma.pl/%0aalert(1)", "file:///etc/passwd"),
        *("ftp://firma.pl", "http://", "https:// firma.pl", "http://.", "http://[", "xhttp://firma.pl", "//firma.pl"),
        *("http\u017f://x/../../../accounts/1", "https:/accounts/1", "https:accounts/1"),
        *("https://bank.pl@evil.test/", "https://ola:x@bank.pl"),
        *("firma.pl", "ola@localhost", "@infirma.pl", "ola@", "a@b@infirma.pl", "https://firma.pl/" + "a" * 5000),
    ],
)
def test_nothing_else_leads_anywhere(text):
    assert addresses(text) == []


@given(st.text(st.sampled_from("ahtps:/.@)(]pl\u202e\"'<>&\n ")))
@example("http://a" + ")" * 100)
@example("https://firma.pl/ ola@infirma.pl")
def test_the_pieces_are_the_text_and_lead_only_to_web_and_mail(text):
    pieces = linked(text)
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)
    assert all(address.lower().startswith(("http://", "https://", "mailto:")) for address in addresses(text))


def test_of_very_many_addresses_the_first_ones_lead_there():
    text = "https://firma.pl/ " * (MOST_LINKS + 500)
    assert len(addresses(text)) == MOST_LINKS
    assert "".join(piece.text for piece in linked(text)) == text


@pytest.mark.parametrize(
    "piece",
    [
        *("http://", "http://a ", "https://[", "a@", "a@b.", "@", ")", "(", "a.", "-", "a", "\u202ehttp://"),
        *("http://a" + ")" * 3900 + " ", "http://a" + "." * 3900 + " ", "http://a" + "(" * 3900 + "! "),
        *("a@" + ("b" * 62 + ".") * 8 + "1 ", "x" * 63 + "@", "a@b.c.d.e.f.g.h.i.1 "),
    ],
)
def test_a_long_text_of_nothing_else_is_read_in_time_in_proportion(piece):
    text = (piece * (LONGEST_TEXT // len(piece) + 1))[:LONGEST_TEXT]
    began = process_time()
    linked(text)
    assert process_time() - began < 3, "what grows with the square takes hours"

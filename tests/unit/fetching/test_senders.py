"""Lists of senders, as people type them and as tables give them."""

from time import perf_counter

import pytest

from app.fetching import MOST_SENDERS, NoSenders, SenderInvalid, TooManySenders, senders_in, senders_in_table
from app.fetching.senders import Senders


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("jan@firma.test\n\n  ola@firma.test ", ["jan@firma.test", "ola@firma.test"]),
        ("Jan@Firma.TEST\njan@firma.test", ["jan@firma.test"]),
        ("firma.test\n@inna.test\n*@trzecia.test", ["@firma.test", "@inna.test", "@trzecia.test"]),
        ("Jan Żółw <jan@firma.test>", ["jan@firma.test"]),
        ('Name,E-mail\n"Żółw, Jan",jan@firma.test', ["jan@firma.test"]),
        ("Name;E-mail;Phone\nJan;jan@firma.test;+48 600", ["jan@firma.test"]),
        ("Jan\tjan@firma.test", ["jan@firma.test"]),
        ("jan@firma.test, ola@firma.test", ["jan@firma.test", "ola@firma.test"]),
        ("żółw@żółty.test", ["żółw@żółty.test"]),
        ("*.sklep.test\n@*.inny.test", ["@sklep.test", "@inny.test"]),
    ],
)
def test_addresses_and_domains_are_found(text, found):
    assert senders_in(text) == found


@pytest.mark.parametrize("text", ["nobody", "jan@", "@", "jan@firma", "*", "firma", "x" * 140_000, "*.", "a@" * 3000])
def test_what_is_neither_is_named_with_its_line(text):
    with pytest.raises(SenderInvalid) as refused:
        senders_in(f"ola@firma.test\n\n{text}")
    assert refused.value.faults == ((3, text),)


@pytest.mark.parametrize(
    ("row", "passed_over"),
    [
        ("Bez;", 1),
        ("Bez", 1),
        ("Ola;+48 600 700 800;", 1),
        ("Firma sp. z o.o.;ul. Długa 5", 1),
        ("Jan;12.03.1980", 1),
        ("Imię;Nazwisko;Adres e-mail", 1),
        ("Name;E-mail", 0),
        (";;", 0),
        ("", 0),
        ("Ola\n\nEwa;\nela@firma.test", 2),
    ],
)
def test_rows_of_a_table_that_name_nobody_are_passed_over_and_counted(row, passed_over):
    table = senders_in_table(f"Jan;jan@firma.test\n{row}\nola@firma.test")
    assert {"jan@firma.test", "ola@firma.test"} <= set(table.patterns)
    assert all("@firma.test" in each for each in table.patterns)
    assert table.passed_over == passed_over


@pytest.mark.parametrize(
    "row", ["Ola;ola@", "Ola;ola@firma", "@", "Ola;firma.", "Ola;.test", "https://firma.test/x", "x" * 140_000]
)
def test_what_a_table_tried_to_name_is_told(row):
    with pytest.raises(SenderInvalid) as refused:
        senders_in_table(f"Jan;jan@firma.test\nEwa;\n{row}")
    assert refused.value.faults == ((3, row),)


@pytest.mark.parametrize("text", ["", "Name;E-mail\n", "Jan;\nOla;+48 600\n"])
def test_a_table_that_names_nobody_is_refused(text):
    with pytest.raises(NoSenders):
        senders_in_table(text)


def test_a_date_is_no_domain():
    assert senders_in("jan@firma.test;12.03.1980\n7.firma.test") == ["jan@firma.test", "@7.firma.test"]
    with pytest.raises(SenderInvalid):
        senders_in("12.03.1980")


def test_of_many_lines_without_sense_the_first_are_named_and_all_counted():
    with pytest.raises(SenderInvalid) as refused:
        senders_in("\n".join(["no"] * 50_000))
    assert [number for number, _text in refused.value.faults] == [1, 2, 3, 4, 5]
    assert refused.value.count == 50_000


def test_a_list_that_is_too_long_is_refused_not_cut():
    names = [f"jan{number}@firma.test" for number in range(MOST_SENDERS + 1)]
    assert len(senders_in("\n".join(names[:-1]))) == MOST_SENDERS
    with pytest.raises(TooManySenders):
        senders_in("\n".join(names))


@pytest.mark.parametrize(
    "text", ["a" * 140_000, "@" * 140_000, "a@" * 70_000, "a." * 70_000, "a@" + "b." * 70_000 + "@"]
)
def test_a_very_long_line_is_refused_at_once(text):
    begun = perf_counter()
    with pytest.raises(SenderInvalid):
        senders_in(text)
    assert perf_counter() - begun < 1, "what grows with the square takes minutes"


@pytest.mark.parametrize(
    ("address", "included"),
    [
        ("jan@firma.test", True),
        ("JAN@Firma.Test", True),
        ("ola@firma.test", False),
        ("ola@inna.test", True),
        ("ola@poczta.inna.test", True),
        ("ola@nieinna.test", False),
        ("", False),
        ("inna.test", False),
        ("jan@firma.test.zla.test", False),
    ],
)
def test_an_address_or_its_domain_is_listed(address, included):
    assert Senders.of(["jan@firma.test", "@inna.test"]).include(address) is included


@pytest.mark.parametrize(
    "typed", ["żółw.test", "ŻÓŁW.test", "xn--w-uga1v8h.test", "jan@żółw.test", "jan@xn--w-uga1v8h.test"]
)
def test_a_domain_of_other_letters_is_the_same_as_it_travels(typed):
    senders = Senders.of(senders_in(typed))
    for address in ("jan@xn--w-uga1v8h.test", "Jan@XN--W-UGA1V8H.test", "jan@żółw.test", "jan@Żółw.test"):
        assert senders.include(address)
    assert not senders.include("jan@xn--w-uga1v8h.zla.test")
    assert not senders.include("jan@zolw.test")
    assert senders.include("jan@poczta.xn--w-uga1v8h.test") is ("@" not in typed)


@pytest.mark.parametrize(
    "domain", ["ż" * 300, "ż..test", "\u200d.test", "xn--\u0105.test", "-ż.test", "ż.test.", "\ufffd", "."]
)
def test_a_domain_that_nobody_can_have_is_compared_as_it_stands(domain):
    assert Senders.of([f"jan@{domain}"]).include(f"jan@{domain}")
    assert not Senders.of(["@inna.test"]).include(f"jan@{domain}")

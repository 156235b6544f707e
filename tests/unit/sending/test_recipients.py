"""What people type into a line of recipients."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sending import Reason, RecipientInvalid, parse


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("jan@firma.pl", [("", "jan@firma.pl")]),
        (" Jan Kowalski <jan@firma.pl> ;anna@firma.pl,", [("Jan Kowalski", "jan@firma.pl"), ("", "anna@firma.pl")]),
        ('"Kowalski, Jan" <jan@firma.pl>', [("Kowalski, Jan", "jan@firma.pl")]),
        ('"a \\"b\\" \\\\c" <jan@firma.pl>', [('a "b" \\c', "jan@firma.pl")]),
        ("jan@żółw.pl\nola@firma.pl", [("", "jan@xn--w-uga1v8h.pl"), ("", "ola@firma.pl")]),
        ("żółw@firma.pl", [("", "żółw@firma.pl")]),
        ("jan@firma.pl, Jan <jan@FIRMA.pl>", [("", "jan@firma.pl")]),
        ("mailto:jan@firma.pl", [("", "jan@firma.pl")]),
        ("\u200bjan@firma.pl\ufeff", [("", "jan@firma.pl")]),
        ("", []),
        (" , ;\n", []),
    ],
)
def test_addresses_are_understood(typed: str, found: list[tuple[str, str]]) -> None:
    assert [(it.name, it.address) for it in parse(typed)] == found


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("jan", Reason.NOT_AN_ADDRESS),
        ("jan@localhost", Reason.NOT_AN_ADDRESS),
        ("Jan <jan@firma.pl", Reason.NOT_AN_ADDRESS),
        ("<>", Reason.NOT_AN_ADDRESS),
        ('"open <jan@firma.pl>, ola@firma.pl', Reason.NOT_AN_ADDRESS),
        ("Friends: a@firma.pl, b@firma.pl;", Reason.GROUP),
        ("undisclosed-recipients:;", Reason.GROUP),
        ("=?utf-8?q?a?= <jan@firma.pl>", Reason.ENCODED_WORD),
        ("Jan\t<jan@firma.pl>", Reason.CONTROL_CHARACTER),
        ("x" * 201 + " <jan@firma.pl>", Reason.NAME_TOO_LONG),
        (",".join(f"a{number}@firma.pl" for number in range(101)), Reason.TOO_MANY),
    ],
)
def test_what_is_no_address_is_refused_with_its_reason(typed: str, reason: Reason) -> None:
    with pytest.raises(RecipientInvalid) as refused:
        parse(typed)
    assert [fault.reason for fault in refused.value.faults] == [reason]


def test_all_that_cannot_be_used_is_named() -> None:
    with pytest.raises(RecipientInvalid) as refused:
        parse("jan, ola@firma.pl; Team: a@firma.pl\nola@")
    assert [(fault.text, fault.reason) for fault in refused.value.faults] == [
        ("jan", Reason.NOT_AN_ADDRESS),
        ("Team: a@firma.pl", Reason.GROUP),
        ("ola@", Reason.NOT_AN_ADDRESS),
    ]


@given(st.text())
def test_nothing_that_is_understood_can_leave_its_line_or_its_brackets(typed: str) -> None:
    try:
        found = parse(typed)
    except RecipientInvalid:
        return
    assert not any(set(it.address) & set("<> \r\n\0") for it in found)
    assert not any(set(it.name) & set("\r\n\0") for it in found)

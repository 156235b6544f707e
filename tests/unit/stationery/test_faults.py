"""One frame for the text, in a place where any text is safe; placeholders and images that are known."""

import pytest

from app.stationery import LONGEST, STARTERS, Fault, Problem, faults

ONE = "<div data-content></div>"


def problems(source: str) -> list[Problem]:
    return [fault.problem for fault in faults(source, {"logo"})]


@pytest.mark.parametrize(
    "source",
    [ONE, "<td data-content></td>", "", "<p>text</p>", "<p data-content>", "<div data-Content=x> \n </div>"],
    ids=ascii,
)
def test_only_one_empty_frame_will_do(source):
    expected = Problem.MARKER_MISPLACED if source == "<p data-content>" else Problem.NO_MARKER
    assert problems(source) == ([] if "div" in source else [expected])


@pytest.mark.parametrize(
    "source", [ONE * 2, f"<div data-content>{ONE}</div>", f"<table><td data-content>{ONE}</table>"]
)
def test_two_frames_are_refused(source):
    assert problems(source) == [Problem.SEVERAL_MARKERS]


@pytest.mark.parametrize("inside", ["a word", "<p></p>", '<img src="cid:logo">', "&nbsp;a"])
def test_a_frame_with_something_in_it_is_refused(inside):
    assert problems(f"<div data-content>{inside}</div>") == [Problem.MARKER_NOT_EMPTY]


@pytest.mark.parametrize("around", ["a href='https://x.test'", "li", "h1", "b", "font", "dd", "pre"])
def test_a_frame_that_a_text_could_break_out_of_is_refused(around):
    assert problems(f"<{around}>{ONE}</{around.split()[0]}>") == [Problem.MARKER_MISPLACED]


@pytest.mark.parametrize("around", ["div", "center", "blockquote", "section"])
def test_a_frame_in_plain_containers_is_fine(around):
    assert problems(f"<{around}>{ONE}</{around}>") == []
    assert problems("<table><tr><td><table><tr><td data-content></td></tr></table></td></tr></table>") == []


def test_what_nobody_knows_is_refused_by_name():
    found = faults(f"{ONE}{{account.name}} { {'a': 1} } {{ sender.nmae }} {{{{x}}}} <img src='cid:banner'>", {"logo"})
    assert found == (
        Fault(Problem.UNKNOWN_PLACEHOLDER, "sender.nmae"),
        Fault(Problem.UNKNOWN_PLACEHOLDER, "x"),
        Fault(Problem.UNKNOWN_IMAGE, "banner"),
    )


def test_a_design_has_its_bounds():
    assert problems(ONE + "x" * LONGEST) == [Problem.TOO_LONG]
    assert problems(ONE + "x" * (LONGEST - len(ONE))) == []


@pytest.mark.parametrize("starter", STARTERS)
def test_every_starter_can_be_saved_as_it_is(starter):
    assert faults(STARTERS[starter], ()) == ()

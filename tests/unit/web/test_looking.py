"""How soon a page looks again, and when it says that a search is under way."""

from datetime import timedelta

import pytest

from app.web.autodiscovery.looking import has_only_begun, pause_after


def looks(seconds: float) -> list[int]:
    """Return after how many milliseconds a page looks, within so many seconds, where each answer takes none."""
    at, found = 0, []
    while at < seconds * 1000:
        at += pause_after(timedelta(milliseconds=at))
        found.append(at)
    return found


def test_who_answers_at_once_is_not_waited_for():
    # A provider 50 ms away is asked and understood within 200 to 300 ms.
    for ready in range(150, 450):
        seen = next(at for at in looks(1) if at >= ready)
        assert seen - ready <= 75


def test_a_long_search_is_looked_for_twice_a_second():
    assert looks(8)[-1] - looks(8)[-2] == 500
    assert len(looks(8)) <= 8 * 2 + 6


def test_what_was_not_asked_yet_is_not_hurried():
    assert pause_after(None) == 500


@pytest.mark.parametrize(("milliseconds", "begun"), [(0, True), (499, True), (500, False), (8000, False)])
def test_a_search_is_worth_a_line_after_half_a_second(milliseconds, begun):
    assert has_only_begun(timedelta(milliseconds=milliseconds)) == begun
    assert not has_only_begun(None)

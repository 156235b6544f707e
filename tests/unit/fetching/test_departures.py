"""Whether messages have gone, by how many there are."""

from array import array

import pytest

from app.fetching.departures import Departures, arrived_later, present_up_to
from app.mail.fetch_requests import Listing
from app.mail.fetched_lines import FolderStatus


def listing(*uids: int, cut: bool = False) -> Listing:
    return Listing(array("L", uids), array("q", [1] * len(uids)), cut)


@pytest.mark.parametrize(
    ("said", "told", "present", "together"),
    [
        (FolderStatus(7, 6, 5), listing(), 5, 5),
        (FolderStatus(7, 6, 5), listing(4, 5), 3, 5),
        # 6 and 7 came after the folder was opened.
        (FolderStatus(7, 6, 5), listing(4, 5, 6, 7), 3, 7),
        (FolderStatus(7, None, 5), listing(4, 5), 3, 5),
        # It has named a number that was given away already: that tells nothing.
        (FolderStatus(7, 2, 5), listing(4, 5), 3, 5),
        (FolderStatus(7, 6, None), listing(4), None, None),
        (FolderStatus(None, 6, 5), listing(4), None, 5),
        (FolderStatus(7, 6, 5), listing(4, cut=True), None, 5),
        (FolderStatus(7, 6, 1), listing(4, 5), None, 1),
    ],
)
def test_how_many_are_left(said: FolderStatus, told: Listing, present: int | None, together: int | None):
    assert present_up_to(3, said, told) == present
    assert arrived_later(3, said, told) == together


@pytest.mark.parametrize(
    ("departures", "vanished", "explained"),
    [
        (Departures(5, 0, 5, 5), None, True),
        (Departures(5, 0, 5, 5), [], True),
        (Departures(5, 0, 5, 4), None, False),
        (Departures(5, 0, 5, 4), [], False),
        (Departures(5, 0, 5, 4), [2], True),
        (Departures(5, 0, 5, 4), [2, 3], False),
        (Departures(5, 0, 5, 5), [2], False),
        # Mail of strangers is there, and some of it went.
        (Departures(5, 0, 30, 29), None, False),
        (Departures(5, 0, 30, 29), [], True),
        (Departures(5, 0, 30, 29), [2], True),
        # Gone since before anybody watched.
        (Departures(5, 0, None, 4), None, False),
        (Departures(5, 0, None, 5), None, True),
        # What passed for gone is back.
        (Departures(4, 1, 4, 5), None, False),
        (Departures(4, 1, 4, 5), [], False),
        (Departures(4, 0, 4, 5), None, True),
    ],
)
def test_whether_everything_is_as_it_has_to_be(departures: Departures, vanished: list[int] | None, explained: bool):
    assert departures.are_explained_by(vanished) is explained

"""Who wins, and when nobody else can any more."""

import pytest

from app.autodiscovery import Offer, Source, Way
from app.autodiscovery.ranking import Slot, both_heard, both_settled, first, heard, settled, winner
from app.mail.settings import ConnectionSecurity, Side

OPEN, LATE, SILENT = Slot.OPEN, Slot.LATE, Slot.SILENT


@pytest.mark.parametrize(
    ("answers", "is_settled", "winning"),
    [
        ([], True, None),
        ([OPEN], False, None),
        ([None], True, None),
        ([OPEN, "b"], False, "b"),
        ([None, "b"], True, "b"),
        (["a", OPEN], True, "a"),
        ([None, OPEN, "c"], False, "c"),
        ([None, None, None], True, None),
        ([SILENT, "b"], True, "b"),
        ([SILENT, OPEN], False, None),
        ([None, SILENT], True, None),
        ([LATE, "b"], True, "b"),
        ([LATE, OPEN, "c"], False, "c"),
        ([LATE, None], False, None),
        ([None, SILENT, LATE], False, None),
    ],
)
def test_the_best_answer_wins_as_soon_as_nothing_above_it_is_open(answers, is_settled, winning):
    assert settled(answers) is is_settled
    assert first(answers) == winning


@pytest.mark.parametrize(
    ("answers", "is_heard"),
    [
        ([], True),
        ([None, None], True),
        (["a", SILENT, OPEN], True),
        ([None, "b"], True),
        ([SILENT, "b"], False),
        ([OPEN, "b"], False),
        ([None, SILENT], False),
    ],
)
def test_whoever_ranks_below_the_winner_need_not_be_heard(answers, is_heard):
    assert heard(answers) is is_heard


def offer(source: Source, *sides: Side, oauth: frozenset[Side] = frozenset(), unheard: bool = False) -> Offer:
    way = Way("x.test", 993, ConnectionSecurity.TLS, "anna")
    silent = frozenset(Side) - {*sides} if unheard else frozenset()
    return Offer(source, dict.fromkeys(sides, (way,)), oauth_only=oauth, unheard=silent)


BOTH = offer(Source.ISPDB, *Side)
IMAP = offer(Source.AUTOCONFIG, Side.IMAP)
SMTP = offer(Source.SRV, Side.SMTP)


@pytest.mark.parametrize(
    ("answers", "is_settled"),
    [
        ([BOTH, OPEN], True),
        ([IMAP, OPEN], False),
        ([IMAP, SMTP, OPEN], True),
        ([OPEN, BOTH], False),
        ([IMAP, None], True),
        ([LATE, BOTH], True),
        ([LATE, IMAP], False),
        ([LATE, IMAP, SMTP], True),
    ],
)
def test_it_is_over_when_both_sides_have_their_winner(answers, is_settled):
    assert both_settled(answers) is is_settled


@pytest.mark.parametrize(
    ("answers", "is_heard"),
    [
        ([BOTH, SILENT], True),
        ([IMAP, SILENT, SMTP], False),
        ([IMAP, SMTP, SILENT], True),
        ([offer(Source.SRV, Side.IMAP, unheard=True), SMTP], False),
        ([SMTP, offer(Source.SRV, Side.IMAP, unheard=True)], True),
    ],
)
def test_each_side_has_its_own_silence(answers, is_heard):
    assert both_heard(answers) is is_heard


def test_a_provider_that_lets_no_program_in_is_an_answer_about_both_sides():
    closed = Offer(Source.MX, {}, closed=True)
    assert [winner([closed, BOTH], side) for side in Side] == [closed, closed]
    assert both_settled([None, closed, OPEN])


def test_a_side_without_a_password_is_an_answer_too():
    only = offer(Source.AUTOCONFIG, Side.SMTP, oauth=frozenset({Side.IMAP}))
    assert winner([only, BOTH], Side.IMAP) is only

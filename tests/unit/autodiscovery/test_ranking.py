"""Who wins, and when nobody else can any more."""

import pytest

from app.autodiscovery import Offer, Source, Way
from app.autodiscovery.ranking import Slot, both_settled, first, settled, winner
from app.mail.settings import ConnectionSecurity, Side

OPEN = Slot.OPEN


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
    ],
)
def test_the_best_answer_wins_as_soon_as_nothing_above_it_is_open(answers, is_settled, winning):
    assert settled(answers) is is_settled
    assert first(answers) == winning


def offer(source: Source, *sides: Side, oauth: frozenset[Side] = frozenset()) -> Offer:
    way = Way("x.test", 993, ConnectionSecurity.TLS, "anna")
    return Offer(source, dict.fromkeys(sides, (way,)), oauth_only=oauth)


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
    ],
)
def test_it_is_over_when_both_sides_have_their_winner(answers, is_settled):
    assert both_settled(answers) is is_settled


def test_a_side_without_a_password_is_an_answer_too():
    only = offer(Source.AUTOCONFIG, Side.SMTP, oauth=frozenset({Side.IMAP}))
    assert winner([only, BOTH], Side.IMAP) is only

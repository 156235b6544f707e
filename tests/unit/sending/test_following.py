"""Which stationery a draft has: it follows the account until a person chooses, and asks where the two differ."""

import pytest

from app.models import StationeryChoice
from app.sending import Answer, Decision, Dress, Shown, decide, taken_up

HIS, HERS, OTHER = 1, 2, 3
FOLLOWING, CHOSEN, PLAIN = Dress(HIS), Dress(OTHER, by_hand=True), Dress(None, by_hand=True)


@pytest.mark.parametrize("linked", [HERS, None])
def test_it_follows_the_account(linked):
    assert decide(Shown(FOLLOWING), HIS, linked, switched=True) == Decision(Dress(linked))


def test_it_stays_while_the_account_stays():
    assert decide(Shown(FOLLOWING), HIS, HIS, switched=False) == Decision(FOLLOWING)
    assert decide(Shown(CHOSEN), OTHER, HIS, switched=False) == Decision(CHOSEN)


@pytest.mark.parametrize("chosen", [OTHER, None])
def test_choosing_by_hand_asks_nothing(chosen):
    assert decide(Shown(FOLLOWING), chosen, HIS, switched=False) == Decision(Dress(chosen, by_hand=True))


@pytest.mark.parametrize("dress", [CHOSEN, PLAIN])
def test_another_account_asks_about_what_was_chosen_by_hand_and_keeps_it_until_then(dress):
    assert decide(Shown(dress), dress.stationery_id, HERS, switched=True) == Decision(dress, asks=True)


def test_choosing_and_switching_at_once_asks_as_well():
    assert decide(Shown(FOLLOWING), OTHER, HERS, switched=True) == Decision(CHOSEN, asks=True)


def test_the_question_stands_until_it_is_answered():
    asked = Shown(CHOSEN, asked=True)
    assert decide(asked, OTHER, HERS, switched=False) == Decision(CHOSEN, asks=True)
    assert decide(asked, OTHER, HERS, switched=False, answer=Answer.KEEP) == Decision(CHOSEN)
    assert decide(asked, OTHER, HERS, switched=False, answer=Answer.FOLLOW) == Decision(Dress(HERS))
    # Choosing anew is an answer, whatever is chosen.
    assert decide(asked, HIS, HERS, switched=False) == Decision(Dress(HIS, by_hand=True))
    assert decide(asked, HERS, HERS, switched=False) == Decision(Dress(HERS))


def test_where_choice_and_account_agree_there_is_nothing_to_ask_and_it_follows_again():
    assert decide(Shown(CHOSEN), OTHER, OTHER, switched=True) == Decision(Dress(OTHER))
    assert decide(Shown(Dress(OTHER)), OTHER, HIS, switched=True) == Decision(FOLLOWING)


def test_a_kept_choice_is_asked_about_anew_with_the_next_account():
    kept = decide(Shown(CHOSEN, asked=True), OTHER, HERS, switched=False, answer=Answer.KEEP)
    assert decide(Shown(kept.dress), OTHER, HIS, switched=True).asks


def test_that_it_is_gone_is_said_until_the_person_does_something():
    said = Shown(FOLLOWING, gone=True)
    assert decide(said, HIS, HIS, switched=False).gone
    assert not decide(said, OTHER, HIS, switched=False).gone
    assert not decide(said, HIS, HERS, switched=True).gone


@pytest.mark.parametrize(
    ("choice", "stationery_id", "found"),
    [
        (StationeryChoice.ACCOUNT, None, Decision(FOLLOWING)),
        (StationeryChoice.CHOSEN, OTHER, Decision(CHOSEN)),
        (StationeryChoice.CHOSEN, HIS, Decision(FOLLOWING)),
        (StationeryChoice.CHOSEN, None, Decision(FOLLOWING, gone=True)),
        (StationeryChoice.PLAIN, None, Decision(PLAIN)),
    ],
)
def test_a_draft_is_taken_up_as_it_was_left(choice, stationery_id, found):
    assert taken_up(choice, stationery_id, HIS) == found


def test_no_stationery_by_hand_is_nothing_special_where_the_account_has_none():
    assert taken_up(StationeryChoice.PLAIN, None, None) == Decision(Dress(None))
    assert taken_up(StationeryChoice.CHOSEN, None, None) == Decision(Dress(None), gone=True)

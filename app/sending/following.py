"""Which stationery a draft has: that of its account until a person chooses another one, and then what the person says.

Pure: what a page showed, what was chosen on it, and what is linked with the account go in; what holds from now on comes
out.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.models import StationeryChoice


@dataclass(frozen=True, slots=True)
class Dress:
    """What a draft is written on; None: nothing. ``by_hand``: a person chose it, against what the account has."""

    stationery_id: int | None = None
    by_hand: bool = False


class Answer(StrEnum):
    """What a person says to the question whether the account may take its stationery along."""

    FOLLOW = "follow"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page showed when its form was sent, and whether ``asks`` or ``gone`` were said there already."""

    dress: Dress
    asked: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a draft is written on from now on.

    ``asks``: the account has another stationery than the one that was chosen by hand, and the person has to say which.
    ``gone``: what was chosen is not there any more, and the account's own stands in its place.
    """

    dress: Dress
    asks: bool = False
    gone: bool = False


def decide(
    shown: Shown, chosen: int | None, linked: int | None, *, switched: bool, answer: Answer | None = None
) -> Decision:
    """Return what holds now that ``chosen`` stands in the form; ``linked`` is what the account that stands there has.

    ``switched``: it is another account than the one that the page was shown for.
    """
    by_hand = shown.dress.by_hand or chosen != shown.dress.stationery_id
    # What was said stands there until the person does something about it; choosing anew answers the question.
    untouched = chosen == shown.dress.stationery_id and answer is None
    if answer is Answer.FOLLOW or not by_hand or chosen == linked:
        return Decision(Dress(linked), gone=shown.gone and untouched and not switched)
    return Decision(Dress(chosen, by_hand=True), asks=switched or (shown.asked and untouched))


def taken_up(choice: StationeryChoice, stationery_id: int | None, linked: int | None) -> Decision:
    """Return what a draft is written on that is opened again: what was chosen by hand, else what the account has."""
    gone = choice is StationeryChoice.CHOSEN and stationery_id is None
    if gone or choice is StationeryChoice.ACCOUNT or stationery_id == linked:
        return Decision(Dress(linked), gone=gone)
    return Decision(Dress(stationery_id, by_hand=True))

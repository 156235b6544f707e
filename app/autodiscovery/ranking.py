"""Which answer wins: the best-ranked one, as soon as nothing that ranks above it can still come.

Answers stand in the order of their rank. An open one may still come; None says that there is nothing to come. Of a
silent one nothing comes either, but nobody knows what it would have been.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, TypeVar

from app.autodiscovery.offers import Offer
from app.mail.settings import Side

T = TypeVar("T")


class Slot(Enum):
    """The place of an answer that has not come: not yet, or not at all.

    ``late``: it may still come, but nobody waits for it who has another answer.
    """

    OPEN = "open"
    LATE = "late"
    SILENT = "silent"


Rule = Callable[[Sequence[Any]], bool]


def first(answers: Sequence[T | Slot | None]) -> T | None:
    """Return the best-ranked answer of those that have come."""
    return next((answer for answer in answers if answer is not None and not isinstance(answer, Slot)), None)


def settled(answers: Sequence[object]) -> bool:
    """Say whether nothing that may still come can win."""
    for answer in answers:
        if answer is not None and not (answer is Slot.SILENT or answer is Slot.LATE):
            return answer is not Slot.OPEN
    return Slot.LATE not in answers


def heard(answers: Sequence[object]) -> bool:
    """Say whether everybody who could have won has answered."""
    for answer in answers:
        if answer is not None:
            return not isinstance(answer, Slot)
    return True


def all_come(answers: Sequence[object]) -> bool:
    """Say whether nothing can come any more."""
    return Slot.OPEN not in answers and Slot.LATE not in answers


def both_settled(answers: Sequence[Offer | Slot | None]) -> bool:
    """Say whether both sides have their winner, each by itself: some sources know one side only."""
    return all(settled([_about(answer, side) for answer in answers]) for side in Side)


def both_heard(answers: Sequence[Offer | Slot | None]) -> bool:
    """Say whether everybody who could have won one of the sides has answered."""
    return all(heard([_about(answer, side) for answer in answers]) for side in Side)


def winner(offers: Sequence[Offer], side: Side) -> Offer | None:
    """Return the best-ranked offer that says something about ``side``."""
    return first([_about(offer, side) for offer in offers])


def _about(answer: Offer | Slot | None, side: Side) -> Offer | Slot | None:
    if not isinstance(answer, Offer) or answer.ways.get(side) or answer.closed or side in answer.oauth_only:
        return answer
    return Slot.SILENT if side in answer.unheard else None

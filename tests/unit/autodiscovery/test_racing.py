"""Who has answered, who has nothing to say, and who was silent."""

from contextlib import suppress

import pytest

from app.autodiscovery.racing import Unheard, race, rule_out_silence
from app.autodiscovery.ranking import Slot, all_come, settled
from app.mail.deadline import Deadline
from app.mail.failures import StepFailed
from app.mail.outcomes import Outcome


def failing(outcome: Outcome):
    def ask(_deadline: Deadline) -> None:
        raise StepFailed(outcome)

    return ask


def unheard(_deadline: Deadline) -> None:
    raise Unheard


def finding_nothing_in_time(deadline: Deadline) -> None:
    with suppress(StepFailed):
        deadline.pause(5)


@pytest.mark.parametrize(
    ("asker", "answer"),
    [
        (lambda _deadline: "found", "found"),
        (lambda _deadline: None, None),
        (finding_nothing_in_time, Slot.SILENT),
        (unheard, Slot.SILENT),
        (failing(Outcome.DNS_NOT_FOUND), None),
        (failing(Outcome.CONNECT_REFUSED), None),
        (failing(Outcome.CERT_EXPIRED), None),
        (failing(Outcome.DNS_FAILURE), Slot.SILENT),
        (failing(Outcome.TIMEOUT_OP), Slot.SILENT),
        (failing(Outcome.SERVER_BUSY), Slot.SILENT),
    ],
)
def test_nothing_to_say_is_another_thing_than_silence(asker, answer):
    with Deadline(5) as deadline:
        assert race([asker], deadline, all_come, 0.05) == [answer]


def when_late(deadline: Deadline) -> str:
    """Answer in the last quarter of the time that there is."""
    deadline.pause(deadline.remaining * 0.75)
    return "late"


def until_the_end(deadline: Deadline) -> None:
    deadline.pause(60)


def nothing(_deadline: Deadline) -> None:
    return None


def lower(_deadline: Deadline) -> str:
    return "lower"


@pytest.mark.parametrize(
    ("askers", "answers"),
    [
        ([when_late, nothing], ["late", None]),
        ([when_late, lower], [Slot.OPEN, "lower"]),
        ([nothing, when_late, until_the_end], [None, "late", Slot.OPEN]),
    ],
)
def test_whoever_is_late_is_waited_for_only_if_nobody_else_knows_anything(askers, answers):
    with Deadline(2) as deadline:
        assert race(askers, deadline, settled) == answers


def test_what_those_have_said_who_were_asked_by_somebody_who_was_asked_is_heard_in_the_end():
    def inner(deadline: Deadline) -> list[str | Slot | None]:
        return race([lower, until_the_end], deadline, all_come)

    with Deadline(5) as deadline:
        (answer,) = race([inner], deadline, settled)
    assert answer[0] == "lower"


def test_without_an_answer_silence_is_told():
    rule_out_silence([None, None])
    for slot in Slot:
        with pytest.raises(Unheard):
            rule_out_silence([None, slot])

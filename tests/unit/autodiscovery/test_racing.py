"""Who has answered, who has nothing to say, and who was silent."""

from contextlib import suppress

import pytest

from app.autodiscovery.racing import Unheard, race, rule_out_silence
from app.autodiscovery.ranking import Slot, all_come
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


def test_without_an_answer_silence_is_told():
    rule_out_silence([None, None])
    for slot in Slot:
        with pytest.raises(Unheard):
            rule_out_silence([None, slot])

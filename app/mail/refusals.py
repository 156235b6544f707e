"""What it means for a fetch that a server refuses something."""

import contextlib
from collections.abc import Iterator

from app.mail.failures import Refused, StepFailed
from app.mail.opening import shown
from app.mail.outcomes import Outcome
from app.mail.replies import Phase, judge
from app.mail.settings import ServerSettings

# Refusals that are about nobody's message.
LEAVE_ALONE = frozenset({Outcome.RATE_LIMITED, Outcome.TOO_MANY_CONNECTIONS})


def refusal(refused: Refused, settings: ServerSettings) -> tuple[Outcome, str | None]:
    """Return why a server did not give everything. Raises StepFailed if it has hung up."""
    outcome, text = judge(Phase.COMMAND, refused), shown(refused.text, settings)
    if refused.status == "BYE":
        raise StepFailed(outcome, text) from refused
    return outcome, text


def bear(refused: Refused, settings: ServerSettings) -> None:
    """Go on without what was refused. Raises StepFailed if the server has hung up, or wants to be left alone."""
    outcome, text = refusal(refused, settings)
    if outcome in LEAVE_ALONE:
        raise StepFailed(outcome, text) from refused


@contextlib.contextmanager
def judged(phase: Phase, settings: ServerSettings) -> Iterator[None]:
    """Raise StepFailed where the body is refused something."""
    try:
        yield
    except Refused as refused:
        raise StepFailed(judge(phase, refused), shown(refused.text, settings)) from refused

"""What the servers said in one run of a test, for the record: the test's row may be deleted while it runs."""

from dataclasses import dataclass, field
from typing import Any

from app.mail.probe import SideFinished, StepFinished
from app.mail.settings import Side

# How a test ended whose link, or whoever else it belonged to, was deleted while it ran.
DELETED = "deleted"


@dataclass(slots=True)
class Heard:
    """What one server said: its steps so far, and its result as soon as there is one; as JSON."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    result: dict[str, Any] | None = None

    def add(self, event: StepFinished | SideFinished) -> None:
        """Add what was heard last."""
        if isinstance(event, StepFinished):
            # A new list: SQLAlchemy does not see a JSON value that changes inside.
            self.steps = [*self.steps, event.step.to_json()]
        else:
            self.result = event.result.to_json()
            self.steps = self.result["steps"]


@dataclass(slots=True)
class Tried:
    """One run of a test: the sides that were tried in it, and how the test stood at its end."""

    sides: dict[Side, Heard] = field(default_factory=dict)
    state: str = ""

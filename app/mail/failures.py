"""How the parts of a probe say that they could not go on."""

from app.mail.outcomes import Outcome


class StepFailed(Exception):
    """A step could not be done.

    ``text`` is what the server said, raw; ``detail`` is a word of our own for the step, never the server's.
    """

    def __init__(self, outcome: Outcome, text: str | None = None, detail: str | None = None) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome
        self.text = text
        self.detail = detail


class Refused(Exception):
    """The server answered a command, and the answer is not yes.

    ``status`` is the IMAP status word (``NO``, ``BAD``, ``BYE``) or the SMTP code; ``text`` is everything it said.
    """

    def __init__(self, status: str, text: str) -> None:
        super().__init__(f"the server answered {status}")
        self.status = status
        self.text = text


class Cancelled(Exception):
    """Nobody waits for the verdict any more."""

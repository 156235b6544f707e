"""One message on its way over an open session: its envelope, then its content."""

import contextlib
import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.logs import without_words
from app.mail.deadline import Deadline
from app.mail.failures import StepFailed
from app.mail.outcomes import Outcome, Retry, retry_of
from app.mail.submission import SEND_SECONDS, Answer, Envelope, Submission
from app.models import Hindrance, OutgoingMessage, OutgoingRecipient, RecipientKind, RecipientState
from app.sending.compose import Rendered, compose
from app.sending.ledger import Answers, Ledger
from app.sending.letters import letter_of
from app.sending.outcomes import MOST_ATTEMPTS

_log = logging.getLogger(__name__)


class Transfer:
    """Sends one message, which is in hand, and has the ledger say what came of it."""

    def __init__(self, line: Submission, deadline: Deadline, message: OutgoingMessage, ledger: Ledger) -> None:
        self._line = line
        self._deadline = deadline
        self._message = message
        self._ledger = ledger
        self._rendered: Rendered | None = None

    def prepare(self) -> None:
        """Write the message as it travels; done while the server still works on the one before.

        Never raises: the answer about the one before must not be lost. What is wrong is met again in ``run``. Reads in
        a session of its own, for in PostgreSQL a question that fails takes the whole transaction along.
        """
        with contextlib.suppress(Exception), Session(self._ledger.session.get_bind()) as apart:
            self._render(images_from=apart)

    def run(self, *, meanwhile: Callable[[], None]) -> bool:
        """Send the message; False if the session is of no use any more. The last entry may wait in the ledger."""
        hindrance = self._hindrance()
        if hindrance is not None:
            self._ledger.fail(self._message, hindrance)
            return True
        self._deadline.renew(SEND_SECONDS)
        try:
            # Let go of as soon as it is sent: the messages of a batch together may be large.
            rendered, self._rendered = self._render(), None
            return self._transfer(rendered, meanwhile)
        except StepFailed as failure:
            self._ledger.put_off(self._message, failure)
            return retry_of(failure.outcome) is not Retry.LATER and self._can_go_on()

    def _render(self, *, images_from: Session | None = None) -> Rendered:
        if self._rendered is None:
            letter = letter_of(self._ledger.session, self._message, images_from=images_from)
            self._rendered = compose(letter)
        return self._rendered

    def _hindrance(self) -> Hindrance | Outcome | None:
        """Return what keeps the message from being sent at all."""
        if self._message.attempts > MOST_ATTEMPTS:
            return Outcome.INTERNAL  # whoever had it in hand was gone before it could be put off, time and again
        if self._rendered is not None:
            return None
        # Nothing that is known waits for that.
        self._ledger.close()
        try:
            self._render()
        except SQLAlchemyError:
            raise
        except Exception as error:  # noqa: BLE001  (whatever it is, the message must not hold up those behind it)
            _log.error("a message could not be written: %s", without_words(error))
            return Hindrance.NOT_WRITTEN
        return None

    def _transfer(self, rendered: Rendered, meanwhile: Callable[[], None]) -> bool:
        answers = self._offer(rendered.size)
        accepted = [row for row, answer in answers if answer.accepted]
        refused = [(row, answer) for row, answer in answers if not answer.accepted]
        if not accepted:
            self._ledger.settle(self._message, refused)
            return self._can_go_on()
        if not self._ledger.begin(self._message, accepted, refused):
            return self._can_go_on()
        answer = self._line.deliver(rendered.pieces(), meanwhile)
        self._ledger.settle_soon(self._message, [(row, answer) for row in accepted])
        # After a clear word the server waits for the next message; where it kept silent, nobody knows for what.
        return answer.accepted or (answer.text is not None and self._can_go_on())

    def _offer(self, size: int) -> Answers:
        """Offer the message to the server for everybody who waits for it. Raises StepFailed."""
        waiting = [row for row in self._message.recipients if row.state is RecipientState.WAITING]
        unsupported = self._unsupported(waiting)
        offered = [row for row in waiting if row not in unsupported]
        answers = [(row, Answer(Outcome.RECIPIENT_UNSUPPORTED)) for row in unsupported]
        if offered:
            utf8 = any(not row.envelope.isascii() for row in (*offered, *self._visible()))
            envelope = Envelope([row.envelope for row in offered], size, utf8)
            answers += zip(offered, self._line.begin(envelope, meanwhile=self._ledger.close), strict=True)
        return answers

    def _unsupported(self, waiting: list[OutgoingRecipient]) -> list[OutgoingRecipient]:
        """Return who cannot be told to this server. Raises StepFailed if the header itself names such an address."""
        if self._line.offers_utf8:
            return []
        if any(not row.address.isascii() for row in self._visible()):
            raise StepFailed(Outcome.RECIPIENT_UNSUPPORTED)
        return [row for row in waiting if not row.envelope.isascii()]

    def _visible(self) -> list[OutgoingRecipient]:
        return [row for row in self._message.recipients if row.kind is not RecipientKind.BCC]

    def _can_go_on(self) -> bool:
        # What is known is committed before the server is waited for once more.
        self._ledger.close()
        try:
            self._line.reset()
        except StepFailed:
            return False
        return True

"""What one worker writes down about the messages that it sends over one session, and when it is committed.

That a message is being sent is committed before its content leaves. What came of it may be written a moment later: the
next envelope goes out first, and while the server works on that, the entry is committed. A worker that dies in between
leaves ``sending``, as it would have a moment before, so the message is called uncertain and nobody sends it again.
"""

from collections.abc import Callable, Iterable
from functools import partial

from sqlalchemy.orm import Session

from app.clock import Clock
from app.mail.failures import StepFailed
from app.mail.outcomes import Outcome
from app.mail.submission import Answer
from app.models import CopyState, Hindrance, MessageState, OutgoingMessage, OutgoingRecipient, RecipientState
from app.sending import claims
from app.sending.settling import fail, put_off, settle

Answers = list[tuple[OutgoingRecipient, Answer]]


class Ledger:
    """Writes in the order of the calls; ``copy`` is what is to become of copies. A message's ``epoch`` is its hand."""

    def __init__(
        self,
        session: Session,
        publish: Callable[[], None],
        clock: Clock,
        chance: Callable[[], float],
        copy: CopyState = CopyState.NOT_WANTED,
    ) -> None:
        self.session = session
        self._publish = publish
        self._clock = clock
        self._chance = chance
        self._copy = copy
        self._waiting: Callable[[], None] | None = None

    def close(self) -> None:
        """Write and commit the entry that waits, if there is one."""
        entry, self._waiting = self._waiting, None
        if entry is not None:
            entry()
            self._publish()

    def begin(self, message: OutgoingMessage, accepted: Iterable[OutgoingRecipient], refused: Answers) -> bool:
        """Commit that the content is about to leave; False if the message is in somebody else's hand by now.

        Under another epoch, so that whoever saw before that nobody had the message comes too late.
        """
        self.close()
        seen, until = message.epoch, self._clock() + claims.LEASE
        values = {"state": MessageState.SENDING, "epoch": seen + 1, "lease_until": until}
        mine = claims.write(self.session, message, seen, [MessageState.QUEUED], values)
        if mine:
            rows = {row: {"state": RecipientState.SENDING} for row in accepted}
            aside = {row: {"outcome": str(it.outcome), "server_text": it.text} for row, it in refused}
            claims.write_rows(self.session, rows | aside)
        self._publish()
        return mine

    def settle_soon(self, message: OutgoingMessage, answers: Answers) -> None:
        """Have what came of a message written with the next ``close``, as it stands now."""
        self.close()
        entry = partial(settle, self.session, message, message.epoch, answers, copy=self._copy)
        self._waiting = partial(entry, now=self._clock(), chance=self._chance())

    def settle(self, message: OutgoingMessage, answers: Answers) -> None:
        """Commit what came of a message."""
        self.settle_soon(message, answers)
        self.close()

    def put_off(self, message: OutgoingMessage, failure: StepFailed) -> None:
        """Commit a failure that is the whole message's."""
        self.close()
        put_off(self.session, message, message.epoch, failure, now=self._clock(), chance=self._chance())
        self._publish()

    def fail(self, message: OutgoingMessage, outcome: Outcome | Hindrance) -> None:
        """Commit that a message cannot be sent."""
        self.close()
        fail(self.session, message, message.epoch, outcome, None, now=self._clock())
        self._publish()

    def release(self, messages: list[OutgoingMessage]) -> None:
        """Commit that messages were not tried after all."""
        self.close()
        claims.release(self.session, messages)
        self._publish()

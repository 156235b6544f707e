"""One side of a probe: its steps in order."""

import contextlib
import logging
from collections.abc import Callable

from app.mail import fixes
from app.mail.deadline import Deadline
from app.mail.dial import NetworkRules
from app.mail.failures import Cancelled, StepFailed
from app.mail.findings import Findings
from app.mail.opening import Opening
from app.mail.other_port import OtherPort
from app.mail.outcomes import Outcome
from app.mail.result import SideFinished, SideResult, StepFinished, StepName
from app.mail.scout import Session
from app.mail.settings import ServerSettings, Side
from app.mail.standard_ports import Place
from app.mail.steps import Steps
from app.mail.tls import Trust
from app.mail.verdict import verdict

FAREWELL_SECONDS = 2.0

_log = logging.getLogger(__name__)


class SideRun:
    """Tries one server, step by step, and says so as it goes.

    ``address`` is the account's, ``place`` the sibling of the typed port; both are for suggestions only.
    """

    def __init__(
        self,
        side: Side,
        settings: ServerSettings,
        *,
        trust: Trust,
        rules: NetworkRules,
        deadline: Deadline,
        emit: Callable[[StepFinished | SideFinished], None],
        address: str = "",
        place: Place | None = None,
    ) -> None:
        self._side = side
        self._settings = settings
        self._emit = emit
        self._address = address
        self._steps = Steps(lambda step: emit(StepFinished(side, step)))
        self._found = Findings()
        self._other_port = OtherPort(side, settings, place, rules, deadline)
        self._opening = Opening(
            side,
            settings,
            trust=trust,
            rules=rules,
            deadline=deadline,
            steps=self._steps,
            found=self._found,
            other_port=self._other_port,
        )

    def run(self) -> None:
        """Take all steps. The last event is the verdict, unless nobody waits for it any more."""
        try:
            failure = self._failure()
            if failure is not None:
                self._look_for_a_port(failure)
            self._emit(SideFinished(self._side, self._verdict(failure)))
            self._part(failure)
        except Cancelled:
            return
        finally:
            self._other_port.close()
            if self._found.connection is not None:
                self._found.connection.close()

    def _failure(self) -> StepFailed | None:
        try:
            self._take_steps()
        except StepFailed as failure:
            return failure
        except Cancelled:
            raise
        except Exception as error:  # noqa: BLE001 -- a side always ends in a verdict, and `internal` is one
            # The message may hold what a server or a person said; the kind is enough to find the place.
            _log.error("A check of %s ended in %s", self._side.value, type(error).__name__)
            return StepFailed(Outcome.INTERNAL)
        return None

    def _take_steps(self) -> None:
        session = self._opening.open()
        with self._steps.step(session.last_step):
            self._finish(session)

    def _finish(self, session: Session) -> None:
        try:
            session.finish()
        except StepFailed as failure:
            if failure.outcome is Outcome.REJECTED_SENDER and failure.detail == "authentication required":
                self._found.fixes.append(fixes.use_auth())
            raise

    def _look_for_a_port(self, failure: StepFailed) -> None:
        greeted = any(step.step is StepName.GREETING and step.ok for step in self._steps.finished)
        # One good suggestion is enough.
        if not self._found.fixes and fixes.another_port_may_help(
            failure.outcome, greeted=greeted, encrypted=self._found.encrypted
        ):
            self._found.fixes += self._other_port.fix(soon=failure.outcome is Outcome.WRONG_SECURITY)

    def _verdict(self, failure: StepFailed | None) -> SideResult:
        steps = self._steps.finished
        return verdict(self._side, self._settings, failure, found=self._found, steps=steps, address=self._address)

    def _part(self, failure: StepFailed | None) -> None:
        # Only where the server waits for a command: in the middle of one, a farewell would be taken for its rest.
        session, connection = self._found.session, self._found.connection
        if session is None or connection is None or (failure is not None and failure.text is None):
            return
        with contextlib.suppress(StepFailed, Cancelled):
            session.farewell()
            connection.linger(FAREWELL_SECONDS)

"""One side of a probe: its steps in order."""

import contextlib
import logging
import re
import time
from collections.abc import Callable

from app.mail import fixes
from app.mail.address import HostInvalid, canonical_host
from app.mail.connection import GREETING_SECONDS, Connection
from app.mail.deadline import Deadline
from app.mail.dial import NetworkRules, Target, dial, resolve
from app.mail.encryption import Encryption
from app.mail.failures import Cancelled, StepFailed
from app.mail.findings import Findings
from app.mail.other_port import OtherPort
from app.mail.outcomes import Outcome
from app.mail.result import SideFinished, SideResult, StepFinished, StepName
from app.mail.scout import SESSIONS, Session
from app.mail.settings import ConnectionSecurity, ServerSettings, Side
from app.mail.standard_ports import Place
from app.mail.steps import Steps
from app.mail.tls import Trust, canonical_pin
from app.mail.verdict import verdict

FAREWELL_SECONDS = 2.0
_UNSENDABLE = re.compile(r"[\r\n\0\ud800-\udfff]")

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
        self._rules = rules
        self._deadline = deadline
        self._emit = emit
        self._address = address
        self._steps = Steps(lambda step: emit(StepFinished(side, step)))
        self._found = Findings()
        self._encryption = Encryption(side, settings, trust, deadline, self._found)
        self._other_port = OtherPort(side, settings, place, rules, deadline)

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
        with self._steps.step(StepName.RESOLVE) as note:
            target = self._resolve()
            note.detail = ", ".join(str(address) for address in target.addresses)
        security = self._settings.security
        connection = self._connect(target)
        if security is ConnectionSecurity.TLS:
            with self._steps.step(StepName.TLS) as note, self._other_port.if_slow():
                note.detail = self._encryption.start(connection, target)
        session = self._greet(connection, target)
        if security is ConnectionSecurity.STARTTLS:
            with self._steps.step(StepName.STARTTLS) as note:
                note.detail = self._encryption.step_up(connection, session, target)
        elif security is ConnectionSecurity.NONE:
            connection, session = self._upgrade(connection, session, target)
        if session.needs_login:
            with self._steps.step(StepName.LOGIN):
                self._login(connection, session)
        with self._steps.step(session.last_step):
            connection.next_operation()
            self._finish(session)

    def _resolve(self) -> Target:
        try:
            host = canonical_host(self._settings.host)
        except HostInvalid as error:
            raise StepFailed(Outcome.HOST_INVALID) from error
        target = self._found.target = resolve(host, self._settings.port, self._rules, self._deadline)
        self._other_port.stands_beside(target)
        return target

    def _connect(self, target: Target, *, repeated: bool = False) -> Connection:
        with self._steps.step(StepName.CONNECT, repeated=repeated) as note, self._other_port.if_slow():
            sock, address = dial(target, self._deadline)
            note.detail = str(address)
        connection = self._found.connection = Connection(sock, self._deadline)
        return connection

    def _upgrade(self, connection: Connection, session: Session, target: Target) -> tuple[Connection, Session]:
        """Encrypt where encryption is not required but offered; begin again in clear where that fails."""
        if self._rules.require_encryption:
            with self._steps.step(StepName.STARTTLS):
                if session.offers_starttls:
                    self._found.fixes.append(fixes.use_security(self._side, ConnectionSecurity.STARTTLS))
                raise StepFailed(Outcome.TLS_REQUIRED)
        if not session.offers_starttls:
            return connection, session
        try:
            with self._steps.step(StepName.STARTTLS) as note:
                note.detail = self._encryption.step_up(connection, session, target)
        except StepFailed as failure:
            if failure.outcome in (Outcome.TLS_UNSAFE, Outcome.TIMEOUT_TOTAL):
                raise
            self._found.certificate = connection.certificate
            connection.close()
            connection = self._connect(target, repeated=True)
            return connection, self._greet(connection, target, repeated=True)
        self._found.fixes.append(fixes.use_security(self._side, ConnectionSecurity.STARTTLS))
        return connection, session

    def _greet(self, connection: Connection, target: Target, *, repeated: bool = False) -> Session:
        session = self._found.session = SESSIONS[self._side](connection, self._settings)
        with self._steps.step(StepName.GREETING, repeated=repeated), self._other_port.if_slow():
            end = time.monotonic() + GREETING_SECONDS
            if not connection.encrypted:
                self._encryption.expect_plain_text(connection, target)
            connection.allow(end - time.monotonic(), Outcome.TIMEOUT_BANNER)
            session.greet()
        return session

    def _login(self, connection: Connection, session: Session) -> None:
        # Whoever calls has refused these already: the first would become a second command, the others cannot be sent.
        if _UNSENDABLE.search(self._settings.username + self._settings.password):
            raise StepFailed(Outcome.AUTH_FAILED, detail="characters that cannot be sent")
        connection.allow(None, Outcome.TIMEOUT_TOTAL)
        session.login()

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


def trust_of(settings: ServerSettings, fast_mode: bool, rules: NetworkRules) -> Trust:
    """Return which certificate is good enough for this side. ``none`` upgrades without looking at it."""
    if settings.security is ConnectionSecurity.NONE:
        return Trust(verified=False)
    pin = canonical_pin(settings.pin) if settings.pin else None
    return Trust(verified=not fast_mode, pin=pin, ca_file=rules.ca_file)

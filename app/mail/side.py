"""One side of a probe: its steps in order, and what they add up to."""

import contextlib
import logging
import re
import time
from collections.abc import Callable

from app.mail import fixes
from app.mail.address import HostInvalid, canonical_host
from app.mail.connection import GREETING_SECONDS, Connection, PlainText
from app.mail.deadline import Deadline
from app.mail.dial import NetworkRules, Target, dial, resolve
from app.mail.failures import Cancelled, StepFailed
from app.mail.greetings import Protocol
from app.mail.outcomes import Outcome
from app.mail.replies import plain_text, without_secret
from app.mail.result import Fix, SideFinished, SideResult, StepFinished, StepName
from app.mail.scout import SESSIONS, Scout, Session
from app.mail.settings import ConnectionSecurity, ServerSettings, Side
from app.mail.steps import Steps
from app.mail.tls import Trust, canonical_pin, read_certificate

FAREWELL_SECONDS = 2.0
# A server that is silent for this long on a plain-text port is asked, on a second connection, whether it speaks TLS.
SILENCE_SECONDS = 1.0
_MOST_CAPABILITIES = 100
_UNSENDABLE = re.compile(r"[\r\n\0\ud800-\udfff]")

_log = logging.getLogger(__name__)


class SideRun:
    """Tries one server, step by step, and says so as it goes."""

    def __init__(
        self,
        side: Side,
        settings: ServerSettings,
        *,
        trust: Trust,
        rules: NetworkRules,
        deadline: Deadline,
        emit: Callable[[StepFinished | SideFinished], None],
    ) -> None:
        self._side = side
        self._settings = settings
        self._trust = trust
        self._rules = rules
        self._deadline = deadline
        self._emit = emit
        self._steps = Steps(lambda step: emit(StepFinished(side, step)))
        self._fixes: list[Fix] = []
        self._connection: Connection | None = None
        self._session: Session | None = None
        self._certificate: bytes | None = None

    def run(self) -> None:
        """Take all steps. The last event is the verdict, unless nobody waits for it any more."""
        try:
            failure = self._failure()
            self._emit(SideFinished(self._side, self._verdict(failure)))
            self._part(failure)
        except Cancelled:
            return
        finally:
            if self._connection is not None:
                self._connection.close()

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
            with self._steps.step(StepName.TLS) as note:
                note.detail = self._start_tls(connection, target)
        session = self._greet(connection, target)
        if security is ConnectionSecurity.STARTTLS:
            with self._steps.step(StepName.STARTTLS) as note:
                note.detail = self._step_up(connection, session, target)
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
        return resolve(host, self._settings.port, self._rules, self._deadline)

    def _connect(self, target: Target, *, repeated: bool = False) -> Connection:
        with self._steps.step(StepName.CONNECT, repeated=repeated) as note:
            sock, address = dial(target, self._deadline)
            note.detail = str(address)
        self._connection = Connection(sock, self._deadline)
        return self._connection

    def _start_tls(self, connection: Connection, target: Target) -> str:
        """Begin with TLS, as implicit TLS does. Returns the version."""
        try:
            return connection.start_tls(target.host, self._trust)
        except PlainText as plain:
            if not plain.readable:
                raise StepFailed(Outcome.TLS_FAILED) from plain
            if plain.protocol.value not in (self._side.value, Protocol.UNKNOWN.value):
                raise StepFailed(Outcome.WRONG_PROTOCOL, detail=plain.protocol.value) from plain
            if self._scout(target).offers_starttls():
                self._fixes.append(fixes.use_security(self._side, ConnectionSecurity.STARTTLS))
            raise StepFailed(Outcome.WRONG_SECURITY, detail="plain text") from plain
        except StepFailed as failure:
            self._look_at_certificate(failure, target)
            raise

    def _step_up(self, connection: Connection, session: Session, target: Target) -> str:
        """Go from plain text to TLS by STARTTLS. Returns the version."""
        if not session.offers_starttls:
            raise StepFailed(Outcome.TLS_REQUIRED)
        connection.next_operation()
        session.ask_starttls()
        try:
            version = connection.start_tls(target.host, self._trust)
        except PlainText as plain:
            raise StepFailed(Outcome.TLS_UNSAFE, detail="data before the handshake") from plain
        except StepFailed as failure:
            self._look_at_certificate(failure, target)
            raise
        connection.next_operation()
        session.resume()
        return version

    def _upgrade(self, connection: Connection, session: Session, target: Target) -> tuple[Connection, Session]:
        """Encrypt where encryption is not required but offered; begin again in clear where that fails."""
        if self._rules.require_encryption:
            with self._steps.step(StepName.STARTTLS):
                if session.offers_starttls:
                    self._fixes.append(fixes.use_security(self._side, ConnectionSecurity.STARTTLS))
                raise StepFailed(Outcome.TLS_REQUIRED)
        if not session.offers_starttls:
            return connection, session
        try:
            with self._steps.step(StepName.STARTTLS) as note:
                note.detail = self._step_up(connection, session, target)
        except StepFailed as failure:
            if failure.outcome in (Outcome.TLS_UNSAFE, Outcome.TIMEOUT_TOTAL):
                raise
            self._certificate = connection.certificate
            connection.close()
            connection = self._connect(target, repeated=True)
            return connection, self._greet(connection, target, repeated=True)
        self._fixes.append(fixes.use_security(self._side, ConnectionSecurity.STARTTLS))
        return connection, session

    def _greet(self, connection: Connection, target: Target, *, repeated: bool = False) -> Session:
        session = self._session = SESSIONS[self._side](connection, self._settings)
        with self._steps.step(StepName.GREETING, repeated=repeated):
            started = time.monotonic()
            silent = not connection.encrypted and not connection.hears_within(SILENCE_SECONDS)
            if silent and self._speaks_tls(target):
                self._fixes.append(fixes.use_security(self._side, ConnectionSecurity.TLS))
                raise StepFailed(Outcome.WRONG_SECURITY, detail=Protocol.TLS.value)
            connection.allow(started + GREETING_SECONDS - time.monotonic(), Outcome.TIMEOUT_BANNER)
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
                self._fixes.append(fixes.use_auth())
            raise

    def _look_at_certificate(self, failure: StepFailed, target: Target) -> None:
        if failure.outcome.value.startswith("cert_") and not (self._connection and self._connection.certificate):
            self._certificate = self._scout(target).certificate()

    def _speaks_tls(self, target: Target) -> bool:
        self._certificate = self._scout(target).hello()
        return self._certificate is not None

    def _scout(self, target: Target) -> Scout:
        return Scout(self._side, self._settings, target, self._deadline)

    def _verdict(self, failure: StepFailed | None) -> SideResult:
        connection = self._connection
        outcome = failure.outcome if failure else Outcome.OK
        encrypted = connection is not None and connection.encrypted
        # Where TLS was asked for, what was said outside it may be anybody's.
        heard = encrypted or self._settings.security is ConnectionSecurity.NONE
        text = without_secret(failure.text, self._settings.password) if failure and failure.text and heard else None
        der = (connection.certificate if connection else None) or self._certificate
        certificate = read_certificate(der) if der else None
        if certificate is not None:
            self._fixes += fixes.for_certificate(self._side, outcome, self._settings.host.strip().lower(), certificate)
        return SideResult(
            outcome=outcome,
            steps=self._steps.finished,
            encrypted=encrypted,
            server_text=plain_text(text) if text else None,
            capabilities=self._said_capabilities() if heard else (),
            certificate=certificate,
            fixes=tuple(self._fixes),
        )

    def _said_capabilities(self) -> tuple[str, ...]:
        said = self._session.capabilities if self._session else ()
        return tuple(text for word in said[:_MOST_CAPABILITIES] if (text := plain_text(word)))

    def _part(self, failure: StepFailed | None) -> None:
        # Only where the server waits for a command: in the middle of one, a farewell would be taken for its rest.
        if self._session is None or self._connection is None or (failure is not None and failure.text is None):
            return
        with contextlib.suppress(StepFailed, Cancelled):
            self._session.farewell()
            self._connection.linger(FAREWELL_SECONDS)


def trust_of(settings: ServerSettings, fast_mode: bool, rules: NetworkRules) -> Trust:
    """Return which certificate is good enough for this side. ``none`` upgrades without looking at it."""
    if settings.security is ConnectionSecurity.NONE:
        return Trust(verified=False)
    pin = canonical_pin(settings.pin) if settings.pin else None
    return Trust(verified=not fast_mode, pin=pin, ca_file=rules.ca_file)

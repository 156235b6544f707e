"""The way to a session that may be used: found, connected, encrypted, greeted and logged in."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from app.mail import fixes
from app.mail.address import HostInvalid, canonical_host
from app.mail.connection import GREETING_SECONDS, Connection
from app.mail.deadline import Deadline
from app.mail.dial import NetworkRules, Target, dial, resolve
from app.mail.encryption import Encryption
from app.mail.failures import StepFailed
from app.mail.findings import Findings
from app.mail.other_port import OtherPort
from app.mail.outcomes import Outcome
from app.mail.result import StepName
from app.mail.scout import SESSIONS, Session
from app.mail.settings import ConnectionSecurity, ServerSettings, Side
from app.mail.steps import Steps
from app.mail.texts import plain_text, without_secret
from app.mail.tls import Trust, canonical_pin

_UNSENDABLE = re.compile(r"[\r\n\0\ud800-\udfff]")


class Opening:
    """Opens a session step by step. A check, a sending and a look into a mailbox all come this way."""

    def __init__(
        self,
        side: Side,
        settings: ServerSettings,
        *,
        trust: Trust,
        rules: NetworkRules,
        deadline: Deadline,
        steps: Steps,
        found: Findings,
        other_port: OtherPort,
    ) -> None:
        self._side = side
        self._settings = settings
        self._rules = rules
        self._deadline = deadline
        self._steps = steps
        self._found = found
        self._encryption = Encryption(side, settings, trust, deadline, found)
        self._other_port = other_port

    def open(self) -> Session:
        """Take all steps up to the login and return the session. Raises StepFailed."""
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
        connection.next_operation()
        return session

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


def trust_of(settings: ServerSettings, fast_mode: bool, rules: NetworkRules) -> Trust:
    """Return which certificate is good enough for this side. ``none`` upgrades without looking at it."""
    if settings.security is ConnectionSecurity.NONE:
        return Trust(verified=False)
    pin = canonical_pin(settings.pin) if settings.pin else None
    return Trust(verified=not fast_mode, pin=pin, ca_file=rules.ca_file)


@contextmanager
def opened(
    side: Side, settings: ServerSettings, *, fast_mode: bool, rules: NetworkRules, deadline: Deadline
) -> Iterator[tuple[Session, Connection]]:
    """Yield a session that is logged in, and its connection; both are closed at the end. Raises StepFailed.

    What the server said in a refusal is fit to be shown: plain, without the password, and only from inside TLS where
    TLS was asked for.
    """
    found = Findings()
    other_port = OtherPort(side, settings, None, rules, deadline)
    opening = Opening(
        side,
        settings,
        trust=trust_of(settings, fast_mode, rules),
        rules=rules,
        deadline=deadline,
        steps=Steps(lambda _step: None),
        found=found,
        other_port=other_port,
    )
    try:
        try:
            session = opening.open()
        except StepFailed as failure:
            heard = found.encrypted or settings.security is ConnectionSecurity.NONE
            raise StepFailed(failure.outcome, shown(failure.text, settings) if heard else None) from failure
        assert found.connection is not None  # noqa: S101 -- tells the type checker what a session stands on
        yield session, found.connection
    finally:
        if found.connection is not None:
            found.connection.close()


def shown(text: str | None, settings: ServerSettings) -> str | None:
    """Return what a server said, fit to be shown to people."""
    return plain_text(without_secret(text, settings.password)) if text else None

"""How a connection becomes TLS, and what is learned where it does not."""

from app.mail import fixes
from app.mail.connection import Connection, PlainText
from app.mail.deadline import Deadline
from app.mail.dial import Target
from app.mail.failures import StepFailed
from app.mail.findings import Findings
from app.mail.greetings import Protocol
from app.mail.lookout import Lookout
from app.mail.outcomes import Outcome
from app.mail.scout import Scout, Session
from app.mail.settings import ConnectionSecurity, ServerSettings, Side
from app.mail.tls import Trust

# A server that is silent for this long on a plain-text port is asked, on a second connection, whether it speaks TLS.
SILENCE_SECONDS = 1.0
# How often is looked which of the two has answered.
SLICE_SECONDS = 0.05
# Who speaks TLS, or greets, does so at once.
GLANCE_SECONDS = 2.0
# The wrong security is known already; only what to propose instead is still to be seen, and has to be seen soon.
SHORT_GLANCE_SECONDS = 0.6
# A certificate that could not be accepted is fetched again, to be shown.
CERTIFICATE_SECONDS = 5.0


class Encryption:
    """Begins TLS on the connections of one check; what it learns goes into ``findings``."""

    def __init__(
        self, side: Side, settings: ServerSettings, trust: Trust, deadline: Deadline, findings: Findings
    ) -> None:
        self._side = side
        self._settings = settings
        self._trust = trust
        self._deadline = deadline
        self._findings = findings

    def start(self, connection: Connection, target: Target) -> str:
        """Begin with TLS, as implicit TLS does. Returns the version. Raises StepFailed."""
        try:
            return connection.start_tls(target.host, self._trust)
        except PlainText as plain:
            raise self._judge_plain_text(plain, target) from plain
        except StepFailed as failure:
            self._look_at_certificate(failure, connection, target)
            raise

    def step_up(self, connection: Connection, session: Session, target: Target) -> str:
        """Go from plain text to TLS by STARTTLS. Returns the version. Raises StepFailed."""
        if not session.offers_starttls:
            raise StepFailed(Outcome.TLS_REQUIRED)
        connection.next_operation()
        session.ask_starttls()
        try:
            version = connection.start_tls(target.host, self._trust)
        except PlainText as plain:
            raise StepFailed(Outcome.TLS_UNSAFE, detail="data before the handshake") from plain
        except StepFailed as failure:
            self._look_at_certificate(failure, connection, target)
            raise
        connection.next_operation()
        session.resume()
        return version

    def expect_plain_text(self, connection: Connection, target: Target) -> None:
        """Wait a second for the first word; a server that stays silent may be waiting for a TLS hello.

        Raises StepFailed. Whichever of the two is heard first decides; if neither is, the caller may wait on.
        """
        if connection.hears_within(SILENCE_SECONDS):
            return
        with Lookout(lambda part: self._scout(target, part).hello(), self._deadline, GLANCE_SECONDS) as hello:
            hello.begin()
            while not connection.hears_within(SLICE_SECONDS):
                # In this order: what is found between the two questions is still seen.
                ended = hello.ended
                if hello.found is not None:
                    self._findings.certificate = hello.found
                    self._findings.fixes.append(fixes.use_security(self._side, ConnectionSecurity.TLS))
                    raise StepFailed(Outcome.WRONG_SECURITY, detail=Protocol.TLS.value)
                if ended:
                    return

    def _judge_plain_text(self, plain: PlainText, target: Target) -> StepFailed:
        if not plain.readable:
            return StepFailed(Outcome.TLS_FAILED)
        if plain.protocol.value not in (self._side.value, Protocol.UNKNOWN.value):
            return StepFailed(Outcome.WRONG_PROTOCOL, detail=plain.protocol.value)
        with self._deadline.part(SHORT_GLANCE_SECONDS) as part:
            offered = self._scout(target, part).offers_starttls()
        if offered:
            self._findings.fixes.append(fixes.use_security(self._side, ConnectionSecurity.STARTTLS))
        return StepFailed(Outcome.WRONG_SECURITY, detail="plain text")

    def _look_at_certificate(self, failure: StepFailed, connection: Connection, target: Target) -> None:
        if failure.outcome.value.startswith("cert_") and not connection.certificate:
            with self._deadline.part(CERTIFICATE_SECONDS) as part:
                self._findings.certificate = self._scout(target, part).certificate()

    def _scout(self, target: Target, deadline: Deadline) -> Scout:
        return Scout(self._side, self._settings, target, deadline)

"""Further connections that only look: no user name and no password ever travels on them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from app.mail.connection import GREETING_SECONDS, Connection, PlainText
from app.mail.deadline import Deadline
from app.mail.dial import Target, dial
from app.mail.failures import Cancelled, StepFailed
from app.mail.imap import ImapSession
from app.mail.outcomes import Outcome
from app.mail.settings import ConnectionSecurity, ServerSettings, Side
from app.mail.smtp import SmtpSession
from app.mail.tls import Trust

Session = ImapSession | SmtpSession
SESSIONS: dict[Side, type[Session]] = {Side.IMAP: ImapSession, Side.SMTP: SmtpSession}

_ANY = Trust(verified=False)


class Scout:
    """Looks at one judged place, until ``deadline``.

    A look that fails finds nothing; it never changes a verdict for the worse.
    """

    def __init__(self, side: Side, settings: ServerSettings, target: Target, deadline: Deadline) -> None:
        self._side = side
        # What a scout does not know it cannot tell.
        self._settings = replace(settings, username="", password="", sender="")
        self._target = target
        self._deadline = deadline

    def certificate(self) -> bytes | None:
        """Return the certificate that the server shows, in DER, whatever it is worth."""
        try:
            with self._connection() as connection:
                if self._settings.security is not ConnectionSecurity.TLS:
                    self._session(connection).ask_starttls()
                connection.start_tls(self._target.host, _ANY)
                return connection.certificate
        except (StepFailed, PlainText, Cancelled):
            return None

    def hello(self) -> bytes | None:
        """Return the certificate of a server that answers a TLS hello in TLS (empty if unseen), else None."""
        answered = False
        try:
            with self._connection() as connection:
                try:
                    connection.start_tls(self._target.host, _ANY)
                finally:
                    answered = connection.answered_tls
                return connection.certificate
        except (StepFailed, PlainText, Cancelled):
            # An alert is an answer too: an old version, a name that is not known, a certificate that is asked for.
            return b"" if answered else None

    def offers_starttls(self) -> bool:
        """Return whether the server greets in plain text and offers STARTTLS."""
        try:
            with self._connection() as connection:
                return self._session(connection).offers_starttls
        except (StepFailed, Cancelled):
            return False

    def answers(self, security: ConnectionSecurity) -> bool:
        """Return whether the place can really be used with ``security``."""
        return bool(self.hello()) if security is ConnectionSecurity.TLS else self.offers_starttls()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        sock, _ = dial(self._target, self._deadline)
        connection = Connection(sock, self._deadline)
        try:
            yield connection
        finally:
            connection.close()

    def _session(self, connection: Connection) -> Session:
        session = SESSIONS[self._side](connection, self._settings)
        connection.allow(GREETING_SECONDS, Outcome.TIMEOUT_BANNER)
        session.greet()
        return session

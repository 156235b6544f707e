"""Further connections that only look: no user name and no password ever travels on them."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.mail.connection import GREETING_SECONDS, Connection, PlainText
from app.mail.deadline import Deadline
from app.mail.dial import Target, dial
from app.mail.failures import StepFailed
from app.mail.imap import ImapSession
from app.mail.outcomes import Outcome
from app.mail.settings import ConnectionSecurity, ServerSettings, Side
from app.mail.smtp import SmtpSession
from app.mail.tls import Trust

Session = ImapSession | SmtpSession
SESSIONS: dict[Side, type[Session]] = {Side.IMAP: ImapSession, Side.SMTP: SmtpSession}

# Whoever speaks TLS answers a hello at once; the first connection may still say something meanwhile.
HELLO_SECONDS = 2.0
_ANY = Trust(verified=False)


class Scout:
    """Looks at one judged place. A look that fails finds nothing; it never changes a verdict for the worse."""

    def __init__(self, side: Side, settings: ServerSettings, target: Target, deadline: Deadline) -> None:
        self._side = side
        self._settings = settings
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
        except (StepFailed, PlainText):
            return None

    def hello(self) -> bytes | None:
        """Return the certificate of a server that answers a TLS hello in TLS (empty if unseen), else None."""
        try:
            with self._connection() as connection:
                connection.start_tls(self._target.host, _ANY, HELLO_SECONDS)
                return connection.certificate
        except StepFailed as failure:
            return b"" if failure.outcome is Outcome.TLS_TOO_OLD else None
        except PlainText:
            return None

    def offers_starttls(self) -> bool:
        """Return whether the server greets in plain text and offers STARTTLS."""
        try:
            with self._connection() as connection:
                return self._session(connection).offers_starttls
        except StepFailed:
            return False

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
